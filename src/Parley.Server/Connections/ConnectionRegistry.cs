using System.Collections.Concurrent;
using System.Net;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.Telemetry;

namespace Parley.Server.Connections;

/// <summary>Why a newcomer cannot be taken now.</summary>
internal enum Admittance
{
    /// <summary>It can.</summary>
    Free,

    /// <summary>Its address has as many connections as it may.</summary>
    AddressFull,

    /// <summary>The server has as many connections as it may, or is stopping.</summary>
    ServerFull,
}

/// <summary>The open connections: how many there are, of which address and which user, and the clock that watches them.</summary>
internal sealed class ConnectionRegistry(ConnectionOptions options, ServerState state)
{
    private readonly ConcurrentDictionary<Connection, byte> _open = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Dictionary<long, List<Connection>> _perUser = [];
    private int _count;

    /// <summary>Number of connections.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The connections that are open now.</summary>
    public IEnumerable<Connection> All => _open.Keys;

    /// <summary>Takes a place for a newcomer; <see cref="Release"/> gives it back.</summary>
    public Admittance TryTake(IPAddress address)
    {
        lock (_gate)
        {
            if (state.IsStopping || (options.MaxConnections > 0 && _count >= options.MaxConnections))
            {
                return Admittance.ServerFull;
            }

            var ofAddress = _perAddress.GetValueOrDefault(address);
            if (options.MaxPerAddress > 0 && ofAddress >= options.MaxPerAddress)
            {
                return Admittance.AddressFull;
            }

            _perAddress[address] = ofAddress + 1;
            _count++;
            return Admittance.Free;
        }
    }

    /// <summary>Gives back the place.</summary>
    public void Release(IPAddress address)
    {
        lock (_gate)
        {
            _count--;
            if (--_perAddress[address] == 0)
            {
                _perAddress.Remove(address);
            }
        }
    }

    /// <summary>Has the connection watched.</summary>
    public void Add(Connection connection) => _open.TryAdd(connection, 0);

    /// <summary>Forgets the connection.</summary>
    public void Remove(Connection connection)
    {
        _open.TryRemove(connection, out _);
        Uncount(connection);
    }

    /// <summary>The connection counts for no user any more.</summary>
    public void Uncount(Connection connection)
    {
        if (connection.CountedAs is not { } userId)
        {
            return;
        }

        lock (_gate)
        {
            if (_perUser.TryGetValue(userId, out var connections) && connections.Remove(connection) && connections.Count == 0)
            {
                _perUser.Remove(userId);
            }
        }
    }

    /// <summary>Counts the connection for its user. False when the user has as many as it may.</summary>
    public bool TryCount(Connection connection, UserRow user)
    {
        lock (_gate)
        {
            if (!_perUser.TryGetValue(user.Id, out var connections))
            {
                _perUser[user.Id] = connections = [];
            }

            if (options.MaxPerUser > 0 && connections.Count >= options.MaxPerUser)
            {
                return false;
            }

            connections.Add(connection);
            return true;
        }
    }

    /// <summary>Looks at every connection.</summary>
    public ConnectionSurvey Survey()
    {
        var survey = new ConnectionSurvey();
        foreach (var (connection, _) in _open)
        {
            connection.Survey(survey);
        }

        return survey;
    }

    /// <summary>Whether a connection of the user is open.</summary>
    public bool IsOnline(long userId)
    {
        lock (_gate)
        {
            return _perUser.ContainsKey(userId);
        }
    }

    /// <summary>Tells the connections of a user that it left a room. By the event writer, before anything later is published.</summary>
    public void MemberLeft(Room room, UserRow user, long seq)
    {
        lock (_gate)
        {
            foreach (var connection in _perUser.GetValueOrDefault(user.Id) ?? [])
            {
                connection.Session.MemberLeft(room, seq);
            }
        }
    }
}
