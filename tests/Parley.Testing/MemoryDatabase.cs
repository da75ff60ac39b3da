using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Testing;

/// <summary>
/// What a store keeps, in a few collections: rooms, users, members and logs. It outlives the <see cref="MemoryEventStore"/>
/// that works on it, as files outlive a process. Not safe for use by two threads; the store sees to that.
/// </summary>
/// <param name="epoch">Names this database.</param>
internal sealed class MemoryDatabase(string epoch)
{
    private readonly Dictionary<long, MemoryRoom> _rooms = [];
    private readonly Dictionary<string, UserRow> _users = [];
    private readonly Dictionary<long, UserRow> _usersById = [];
    private readonly Dictionary<(long User, string Cid), (long Room, StoredEvent Event)> _byCid = [];
    private readonly Stack<Action> _undo = new();
    private readonly List<Action> _outcomes = [];

    /// <summary>Names this database.</summary>
    public string Epoch { get; } = epoch;

    /// <summary>The rooms, in order of creation.</summary>
    public IEnumerable<MemoryRoom> Rooms => _rooms.Values;

    /// <summary>The room of a number, or null.</summary>
    public MemoryRoom? Find(long room) => _rooms.GetValueOrDefault(room);

    /// <summary>The user of a number.</summary>
    public UserRow UserOf(long id) => _usersById[id];

    /// <summary>The user of a name, without regard to case, or null.</summary>
    public UserRow? UserNamed(string name) => _users.GetValueOrDefault(name.ToUpperInvariant());

    /// <summary>Makes the lobby, once.</summary>
    public void Open()
    {
        if (_rooms.Count == 0)
        {
            _rooms.Add(1, new MemoryRoom(1, Names.Lobby, "Lobby"));
        }
    }

    /// <summary>Does all writes or none.</summary>
    /// <exception cref="StoreException">Nothing was stored.</exception>
    public void Write(IReadOnlyList<StoreWrite> batch)
    {
        try
        {
            foreach (var write in batch)
            {
                Write(write);
            }

            _outcomes.ForEach(static tell => tell());
        }
        catch
        {
            while (_undo.TryPop(out var undo))
            {
                undo();
            }

            throw;
        }
        finally
        {
            _undo.Clear();
            _outcomes.Clear();
        }
    }

    private void Write(StoreWrite write)
    {
        switch (write)
        {
            case AppendEvent append:
                (append.Outcome, append.Seq) = (AppendOutcome.None, 0);
                Append(append);
                break;
            case CreateRoom create:
                create.Created = null;
                Create(create);
                break;
            case EnsureGuest ensure:
                (ensure.User, ensure.JoinSeq) = (null, 0);
                Ensure(ensure);
                break;
            default:
                throw new NotSupportedException($"The store does not know {write.GetType().Name}.");
        }
    }

    private void Append(AppendEvent write)
    {
        var room = Find(write.RoomId) ?? throw new StoreException(ErrorCode.Internal, $"Room {write.RoomId} does not exist.");
        var cid = Cids.TextOf(write.Cid);
        if (cid is not null && _byCid.TryGetValue((write.UserId, cid), out var earlier))
        {
            var first = earlier.Event;
            if (earlier.Room == room.Id && first.Kind == write.Kind && first.Text.Span.SequenceEqual(write.Text.Span))
            {
                Tell(write, AppendOutcome.Duplicate, first.Seq, first.Ts);
            }
            else
            {
                Tell(write, AppendOutcome.Conflict, 0, write.Ts);
            }

            return;
        }

        if (write.MembersOnly && !room.Members.Contains(write.UserId))
        {
            Tell(write, AppendOutcome.NotMember, room.Head, write.Ts);
            return;
        }

        var changes = write.Kind switch
        {
            EventKind.Join => Join(room, write.UserId),
            EventKind.Part => Part(room, write.UserId),
            _ => true,
        };
        if (!changes)
        {
            Tell(write, AppendOutcome.Unchanged, room.Head, write.Ts);
            return;
        }

        var stored = Insert(room, write.UserId, write.Ts, write.Kind, cid, write.Text.ToArray());
        Tell(write, AppendOutcome.Stored, stored.Seq, stored.Ts);
    }

    private StoredEvent Insert(MemoryRoom room, long user, long ts, string kind, string? cid, byte[] text)
    {
        var by = _usersById.TryGetValue(user, out var row) ? row.Name : throw new StoreException(ErrorCode.Internal, $"User {user} does not exist.");
        var stored = new StoredEvent(room.Head + 1, ts, by, kind, Cids.BytesOf(cid), text);
        room.Log.Add(stored);
        _undo.Push(() => room.Log.RemoveAt(room.Log.Count - 1));
        if (cid is not null)
        {
            _byCid.Add((user, cid), (room.Id, stored));
            _undo.Push(() => _byCid.Remove((user, cid)));
        }

        return stored;
    }

    private bool Join(MemoryRoom room, long user)
    {
        _undo.Push(room.Members.Add(user) is var added && added ? () => room.Members.Remove(user) : static () => { });
        return added;
    }

    private bool Part(MemoryRoom room, long user)
    {
        _undo.Push(room.Members.Remove(user) is var removed && removed ? () => room.Members.Add(user) : static () => { });
        return removed;
    }

    private void Create(CreateRoom write)
    {
        if (_rooms.Values.Any(r => r.Name == write.Name))
        {
            return;
        }

        var room = new MemoryRoom(_rooms.Count + 1, write.Name, write.Title);
        _rooms.Add(room.Id, room);
        _undo.Push(() => _rooms.Remove(room.Id));
        Insert(room, write.UserId, write.Ts, EventKind.Room, cid: null, System.Text.Encoding.UTF8.GetBytes(write.Title));
        Insert(room, write.UserId, write.Ts, EventKind.Join, cid: null, []);
        Join(room, write.UserId);
        var row = room.Row;
        _outcomes.Add(() => write.Created = row);
    }

    private void Ensure(EnsureGuest write)
    {
        var key = write.Name.ToUpperInvariant();
        var joinSeq = 0L;
        if (!_users.TryGetValue(key, out var user))
        {
            user = new UserRow(_users.Count + 1, write.Name, "guest");
            _users.Add(key, user);
            _usersById.Add(user.Id, user);
            _undo.Push(() => _usersById.Remove(user.Id));
            _undo.Push(() => _users.Remove(key));
            joinSeq = write.HomeId is { } home ? Settle(Find(home), user, write.Ts) : 0;
        }

        _outcomes.Add(() => (write.User, write.JoinSeq) = (user, joinSeq));
    }

    private long Settle(MemoryRoom? home, UserRow user, long ts)
    {
        var room = home ?? throw new StoreException(ErrorCode.Internal, "The room does not exist.");
        Join(room, user.Id);
        return Insert(room, user.Id, ts, EventKind.Join, cid: null, []).Seq;
    }

    private void Tell(AppendEvent write, AppendOutcome outcome, long seq, long ts) =>
        _outcomes.Add(() => (write.Outcome, write.Seq, write.Ts) = (outcome, seq, ts));
}

/// <summary>A room of a <see cref="MemoryDatabase"/>.</summary>
internal sealed class MemoryRoom(long id, string name, string title)
{
    public long Id { get; } = id;

    public string Name { get; } = name;

    public List<StoredEvent> Log { get; } = [];

    public HashSet<long> Members { get; } = [];

    public long Head => Log.Count;

    public RoomRow Row => new(Id, Name, title, "public", Head, Floor: 1);
}
