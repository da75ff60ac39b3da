using System.Net;
using Parley.Server.Connections;

namespace Parley.Server.Transport;

/// <summary>
/// The TCP connections that are not a WebSocket, or not yet: those that have not said a word, those in the middle of a
/// request, and those of plain HTTP. Bounded in all and for each address by <see cref="ConnectionOptions.MaxPending"/> and
/// <see cref="ConnectionOptions.MaxPendingPerAddress"/>. When all are taken, the one that has been without a whole request
/// longest is closed for the newcomer: an honest client asks at once. <c>parley.connections.turned_away</c> counts those closed.
/// </summary>
internal sealed class PendingConnections(ConnectionOptions options, TimeProvider time)
{
    // As long as the web server waits for the head of a request.
    private static readonly TimeSpan FirstByteTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly LinkedList<PendingPlace> _waiting = [];
    private int _count;
    private long _turnedAway;

    /// <summary>Number of connections.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Connections closed because there were too many.</summary>
    public long TurnedAway => Volatile.Read(ref _turnedAway);

    /// <summary>Takes a place for a connection that was just accepted; <see cref="PendingPlace.Leave"/> gives it back.</summary>
    /// <returns>Null if there is none for this address, or none at all and everybody has made a request.</returns>
    public PendingPlace? TryTake(IPAddress address)
    {
        PendingPlace? displaced = null;
        PendingPlace? place = null;
        lock (_gate)
        {
            var isFull = options.MaxPending > 0 && _count >= options.MaxPending;
            if (options.MaxPendingPerAddress > 0 && _perAddress.GetValueOrDefault(address) >= options.MaxPendingPerAddress)
            {
                _turnedAway++;
            }
            else if (!isFull)
            {
                place = Add(address);
            }
            else
            {
                _turnedAway++;
                displaced = _waiting.First?.Value;
                if (displaced is not null)
                {
                    Remove(displaced);
                    place = Add(address);
                }
            }
        }

        displaced?.Displace();
        return place;
    }

    /// <summary>The connection has made a whole request: it is not closed for a newcomer any more.</summary>
    public void Asked(PendingPlace place)
    {
        lock (_gate)
        {
            Unlist(place);
        }
    }

    /// <summary>Gives back the place. Does nothing the second time.</summary>
    public void Leave(PendingPlace place)
    {
        lock (_gate)
        {
            Remove(place);
        }
    }

    private PendingPlace Add(IPAddress address)
    {
        var place = new PendingPlace(this, address, new CancellationTokenSource(FirstByteTimeout, time));
        place.Waiting = _waiting.AddLast(place);
        _perAddress[address] = _perAddress.GetValueOrDefault(address) + 1;
        _count++;
        return place;
    }

    private void Remove(PendingPlace place)
    {
        if (place.IsLeft)
        {
            return;
        }

        place.IsLeft = true;
        Unlist(place);
        _count--;
        var ofAddress = _perAddress[place.Address] - 1;
        if (ofAddress == 0)
        {
            _perAddress.Remove(place.Address);
        }
        else
        {
            _perAddress[place.Address] = ofAddress;
        }
    }

    private void Unlist(PendingPlace place)
    {
        if (place.Waiting is not null)
        {
            _waiting.Remove(place.Waiting);
            place.Waiting = null;
        }
    }
}
