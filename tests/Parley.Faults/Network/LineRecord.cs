using System.Text.Json;
using Parley.Faults.History;

namespace Parley.Faults.Network;

/// <summary>
/// What one client said and was told, taken from the bytes of its line: a record of the wire that neither the client nor
/// the server has a hand in. Each thing is recorded before it passes on.
/// </summary>
/// <remarks>
/// What passed may still be lost between the line and the client, when a reset overtakes it; so a client may hold less
/// than is recorded here, and says so by the cursor that it resumes from. That it holds no less than its application was
/// given is checked here: <see cref="Taken"/>.
/// </remarks>
internal sealed class LineRecord(ClientId client, RunHistory history)
{
    private readonly Lock _gate = new(); // Over all below, and over the order of the client's entries.
    private readonly Dictionary<string, FollowedRoom> _rooms = [];
    private readonly Dictionary<long, Action<JsonElement>> _pending = []; // Bounded by what the client leaves unanswered.
    private readonly List<string> _complaints = [];
    private object? _connection; // The one that said hello last; null when it is over.

    /// <summary>What the client asked for, or was given, that it should not have.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_gate)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>How often the client came back with a cursor.</summary>
    public int Resumed { get; private set; }

    /// <summary>Events that passed more than once: all of them had not reached the client before.</summary>
    public int PassedAgain { get; private set; }

    /// <summary>Whether the client is connected, follows all its rooms live, and was passed everything up to these heads.</summary>
    public bool IsCaughtUp(IReadOnlyDictionary<string, long> heads)
    {
        lock (_gate)
        {
            return _connection is not null && _rooms.All(r => r.Value.Live && r.Value.Passed >= heads[r.Key]);
        }
    }

    /// <summary>Where the client stands, for a report.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            var rooms = _rooms.Select(r => $"{r.Key} {(r.Value.Live ? "live" : "behind")} at {r.Value.Passed}");
            return $"{client} {(_connection is null ? "is away" : "is connected")}, {string.Join(", ", rooms)}";
        }
    }

    /// <summary>The client's application was given an event.</summary>
    public void Taken(string room, long seq)
    {
        lock (_gate)
        {
            RoomOf(room).Taken = seq;
        }
    }

    /// <summary>The client says something over a connection.</summary>
    public void Said(object connection, string frame)
    {
        lock (_gate)
        {
            foreach (var line in frame.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                var said = json.RootElement;
                if (JsonEntries.Text(said, "t") == "hello")
                {
                    Begin(connection, said);
                }
                else if (connection == _connection)
                {
                    TakeRequest(said);
                }
                else if (JsonEntries.Text(said, "t") == "send")
                {
                    // A connection that its client has left behind still carries what is on its way.
                    history.Add(NewSent(said));
                }
            }
        }
    }

    /// <summary>The client is told something over a connection.</summary>
    public void Told(object connection, string frame)
    {
        lock (_gate)
        {
            if (connection != _connection)
            {
                return; // Nobody listens there any more.
            }

            foreach (var line in frame.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                TakeAnswer(json.RootElement);
            }
        }
    }

    /// <summary>A connection is over.</summary>
    public void Over(object connection)
    {
        lock (_gate)
        {
            if (connection == _connection)
            {
                End();
            }
        }
    }

    private void Begin(object connection, JsonElement hello)
    {
        End();
        _connection = connection;
        history.Add(new Begun(client));
        if (!hello.TryGetProperty("cursors", out var cursors) || cursors.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        Resumed++;
        foreach (var cursor in cursors.EnumerateObject())
        {
            Follow(cursor.Name, cursor.Value.GetInt64());
        }
    }

    private void End()
    {
        if (_connection is not null)
        {
            history.Add(new Ended(client));
        }

        _connection = null;
        _pending.Clear();
        foreach (var room in _rooms.Values)
        {
            room.Live = false;
        }
    }

    private void Follow(string name, long? after)
    {
        var room = RoomOf(name);
        room.Live = false;
        history.Add(new Following(client, name, after));
        if ((after ?? 0) < room.Taken)
        {
            _complaints.Add($"{client} resumes {name} after {after}, and its application has {room.Taken}");
        }
    }

    private void TakeRequest(JsonElement said)
    {
        var room = JsonEntries.Text(said, "room");
        switch (JsonEntries.Text(said, "t"))
        {
            case "join":
                history.Add(new Joining(client, room!)); // Not null: required, here and below.
                Await(said, ok => history.Add(new Joined(client, room!, JsonEntries.Seq(ok))));
                break;
            case "sub":
                Follow(room!, said.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Number ? after.GetInt64() : null);
                Await(said, _ => { });
                break;
            case "send":
                var sent = NewSent(said);
                history.Add(sent);
                Await(said, ok => history.Add(JsonEntries.Acked(client, sent.Room, sent.Cid, ok)));
                break;
        }
    }

    private Sent NewSent(JsonElement said) =>
        new(client, JsonEntries.Text(said, "room")!, JsonEntries.Text(said, "cid")!, JsonEntries.Text(said, "text")!); // Not null: required.

    private void Await(JsonElement request, Action<JsonElement> succeeded) => _pending[request.GetProperty("id").GetInt64()] = succeeded;

    private void TakeAnswer(JsonElement told)
    {
        switch (JsonEntries.Text(told, "t"))
        {
            case "ev":
                var received = JsonEntries.Received(client, told);
                history.Add(received);
                Pass(RoomOf(received.Room), received);
                break;
            case "synced":
                var synced = JsonEntries.Synced(client, told);
                history.Add(synced);
                var room = RoomOf(synced.Room);
                room.Live = true;
                room.Passed = Math.Max(room.Passed, synced.Head);
                if (synced.Reset is not null || synced.SkippedTo > 0)
                {
                    _complaints.Add($"{client} was told to load {synced.Room} again: {told}");
                }

                break;
            case "ok" when told.TryGetProperty("re", out var re) && _pending.Remove(re.GetInt64(), out var succeeded):
                succeeded(told);
                break;
            case "err":
                _complaints.Add($"{client} was told {told}");
                break;
        }
    }

    private void Pass(FollowedRoom room, Received received)
    {
        if (received.Seq > room.Passed)
        {
            room.Passed = received.Seq;
            return;
        }

        PassedAgain++;
        if (received.Seq <= room.Taken)
        {
            _complaints.Add($"{client} was given {received.Room} {received.Seq} again, and its application has {room.Taken}");
        }
    }

    private FollowedRoom RoomOf(string name)
    {
        if (!_rooms.TryGetValue(name, out var room))
        {
            _rooms[name] = room = new FollowedRoom();
        }

        return room;
    }

    /// <summary>A room, as the line knows it.</summary>
    private sealed class FollowedRoom
    {
        /// <summary>Whether its replay is over on the connection of now.</summary>
        public bool Live { get; set; }

        /// <summary>Newest seq that passed, over all connections.</summary>
        public long Passed { get; set; }

        /// <summary>Newest seq that the client's application was given.</summary>
        public long Taken { get; set; }
    }
}
