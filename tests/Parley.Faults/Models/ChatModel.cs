namespace Parley.Faults.Models;

/// <summary>What the server should be: rooms as lists, and for each client the frames that it must get for each step, in <see cref="Shown"/> form.</summary>
internal sealed partial class ChatModel
{
    /// <summary>Replays longer than this are shortened.</summary>
    public const int ReplayMax = 6;

    /// <summary>To so many events.</summary>
    public const int ReplayTail = 2;

    private readonly Dictionary<string, RoomLog> _rooms = new(StringComparer.Ordinal) { ["lobby"] = new RoomLog("lobby") };
    private readonly List<string> _users = [];
    private readonly Dictionary<(string User, string Cid), (RoomLog Room, Entry Entry)> _cids = [];
    private readonly ModelClient[] _clients = [.. Clients.Select(c => new ModelClient(c.IsLine, c.Name))];

    /// <summary>Who there is: two devices of ana in the JSON dialect, bob in both dialects, and cyd in lines.</summary>
    public static IReadOnlyList<(bool IsLine, string Name)> Clients { get; } = [(false, "ana"), (false, "ANA"), (false, "bob"), (true, "bob"), (true, "cyd")];

    /// <summary>The rooms that clients ask for; only the lobby is there from the start.</summary>
    public static IReadOnlyList<string> RoomNames { get; } = ["lobby", "garden", "kitchen"];

    /// <summary>The frames that a client must get for the step, in the order of each stream.</summary>
    public IReadOnlyList<Shown> Expected(int client) => _clients[client].Expected;

    /// <summary>The newest seq of each room.</summary>
    public IEnumerable<(string Room, long Head)> Heads => _rooms.Values.Select(r => (r.Name, (long)r.Log.Count));

    /// <summary>Forgets what was expected: the step is over.</summary>
    public void Begin()
    {
        foreach (var client in _clients)
        {
            client.Expected.Clear();
        }
    }

    /// <summary>A client comes; in the JSON dialect with the cursor of one room, in the line dialect into a room.</summary>
    public void Come(int index, string room, long? after)
    {
        var client = _clients[index];
        var known = _users.Count;
        client.User = Ensure(client.Name);
        client.IsHere = true;
        client.Subscriptions.Clear();
        (client.Room, client.IsFollowing) = (null, false);
        if (client.IsLine)
        {
            Enter(client, room);
            return;
        }

        if (_users.Count > known)
        {
            Join(client.User, _rooms["lobby"]);
        }

        client.Answer("welcome " + client.User + string.Concat(_rooms.Values.Where(r => r.Members.Contains(client.User))
            .OrderBy(r => r.Name, StringComparer.Ordinal).Select(r => $" {r.Name}:{r.Log.Count}")));
        if (after is { } cursor)
        {
            if (_rooms.TryGetValue(room, out var log) && log.Members.Contains(client.User))
            {
                Replay(client, log, cursor, null);
            }
            else
            {
                client.Expect(room, $"synced {room} 0 reset not_found");
            }
        }
    }

    /// <summary>A client vanishes.</summary>
    public void Go(int index)
    {
        _clients[index].IsHere = false;
        _clients[index].Subscriptions.Clear();
        _clients[index].IsFollowing = false;
    }

    private string Ensure(string name)
    {
        var user = _users.Find(u => string.Equals(u, name, StringComparison.OrdinalIgnoreCase));
        if (user is null)
        {
            _users.Add(user = name);
        }

        return user;
    }

    private long Join(string user, RoomLog room)
    {
        if (room.Members.Add(user))
        {
            Publish(room, user, "join", null, "", null);
        }

        return room.Log.Count;
    }

    private long Part(string user, RoomLog room, ModelClient? asking)
    {
        if (room.Members.Remove(user))
        {
            asking?.Subscriptions.Remove(room.Name);
            Publish(room, user, "part", null, "", null);
            foreach (var client in _clients.Where(c => c.IsHere && c.User == user))
            {
                client.Subscriptions.Remove(room.Name);
                client.IsFollowing &= client.Room != room.Name;
            }
        }

        return room.Log.Count;
    }

    private RoomLog Create(string name, string user)
    {
        var room = _rooms[name] = new RoomLog(name);
        room.Members.Add(user);
        Publish(room, user, "room", null, name, null);
        Publish(room, user, "join", null, "", null);
        return room;
    }

    private Entry Publish(RoomLog room, string by, string kind, string? cid, string text, ModelClient? silentFor)
    {
        var entry = new Entry(room.Log.Count + 1, by, kind, cid, text);
        room.Log.Add(entry);
        foreach (var client in _clients.Where(c => c.IsHere && c != silentFor))
        {
            if (client.Subscriptions.Contains(room.Name))
            {
                client.Expect(room.Name, Ev(room, entry));
            }
            else if (client.IsFollowing && client.Room == room.Name)
            {
                client.Answer(entry.Line);
            }
        }

        return entry;
    }

    private static string Ev(RoomLog room, Entry e) => $"ev {room.Name} {e.Seq} {e.By} {e.Kind} {e.Cid} {e.Text}";

    private static void Replay(ModelClient client, RoomLog room, long? after, string? epoch)
    {
        var head = room.Log.Count;
        var reset = epoch is not null ? "epoch" : after > head ? "ahead" : null;
        var from = after is null || reset is not null ? head : after.Value;
        var skipped = "";
        if (head - from > ReplayMax)
        {
            skipped = $" skipped {from + 1}-{head - ReplayTail}";
            from = head - ReplayTail;
        }

        foreach (var entry in room.Log.Skip((int)from))
        {
            client.Expect(room.Name, Ev(room, entry));
        }

        client.Expect(room.Name, $"synced {room.Name} {head}{(reset is null ? "" : $" reset {reset}")}{skipped}");
        client.Subscriptions.Add(room.Name);
    }

    /// <summary>One event of a room.</summary>
    private sealed record Entry(long Seq, string By, string Kind, string? Cid, string Text)
    {
        /// <summary>As the line dialect shows it.</summary>
        public string Line => Kind switch
        {
            "msg" when Text.StartsWith("/me ", StringComparison.Ordinal) => $"* {By} {Text[4..]}",
            "msg" => $"{By}: {Text}",
            "join" => $"* {By} joined",
            "part" => $"* {By} left",
            _ => $"* {By} created the room",
        };
    }

    private sealed class RoomLog(string name)
    {
        public string Name { get; } = name;

        public List<Entry> Log { get; } = [];

        public HashSet<string> Members { get; } = [];
    }

    private sealed class ModelClient(bool isLine, string name)
    {
        public bool IsLine { get; } = isLine;

        public string Name { get; } = name;

        public bool IsHere { get; set; }

        public string User { get; set; } = "";

        /// <summary>Rooms followed, in the JSON dialect.</summary>
        public HashSet<string> Subscriptions { get; } = [];

        /// <summary>Where a line client is, even if it does not follow the room any more.</summary>
        public string? Room { get; set; }

        public bool IsFollowing { get; set; }

        public List<Shown> Expected { get; } = [];

        /// <summary>An answer; in the line dialect anything.</summary>
        public void Answer(string text) => Expect("", text);

        public void Expect(string stream, string text) => Expected.Add(new Shown(stream, text));
    }
}

/// <summary>A frame without what a model cannot know, such as times.</summary>
/// <param name="Stream">Whose order it is part of: a room's, or that of the answers (empty).</param>
/// <param name="Text">What it says.</param>
internal readonly record struct Shown(string Stream, string Text);
