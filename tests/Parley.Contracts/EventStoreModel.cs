using System.Text;
using CsCheck;
using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Contracts;

/// <summary>A store in a few collections: what <see cref="EventStoreContract"/> compares real ones with.</summary>
internal sealed class EventStoreModel
{
    private static readonly string[] Texts = ["a", "b", "żółw"];
    private static readonly string[] RoomNames = ["lobby", "garden", "kitchen"];
    private static readonly string[] UserNames = ["ann", "Bob", "ćma", "dan"];

    private readonly List<Room> _rooms = [];
    private readonly List<UserRow> _users = [];
    private readonly Dictionary<(long User, string Cid), (Room Room, StoredEvent Event)> _byCid = [];
    private long _clock = 1_700_000_000_000;

    /// <summary>Few rooms, users, cids and texts, so that they meet often.</summary>
    public static Gen<(Step[] Batch, bool Reopen)[]> Runs { get; } =
        Gen.Select(
            Gen.Frequency((10, Gen.Const(StepKind.Send)), (3, Gen.Const(StepKind.Join)), (2, Gen.Const(StepKind.Part)),
                (1, Gen.Const(StepKind.Create)), (1, Gen.Const(StepKind.Guest))),
            Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 11], Gen.Int[0, 2], Gen.Bool,
            static (kind, room, user, cid, text, membersOnly) => new Step(kind, room, user, cid, text, membersOnly && kind is StepKind.Send))
        .Array[0, 20]
        .Select(Gen.Int[0, 5], static (batch, dice) => (batch, dice == 0))
        .Array[0, 12];

    /// <summary>A run as it appears in a failure.</summary>
    public static string Print((Step[] Batch, bool Reopen)[] run) =>
        string.Join('\n', run.Select(static part => $"[{string.Join(", ", part.Batch)}]{(part.Reopen ? " reopen" : "")}"));

    /// <summary>A model of a new store with one guest.</summary>
    public static async Task<EventStoreModel> StartAsync(IEventStore store, CancellationToken cancellationToken)
    {
        var model = new EventStoreModel();
        var lobby = Assert.Single(await store.ReadRoomsAsync(cancellationToken));
        model._rooms.Add(new Room(lobby.Id, lobby.Name, lobby.Title));
        await model.WriteAndCompareAsync(store, [new Step(StepKind.Guest, 0, 0, Cid: 11, 0)], cancellationToken);
        return model;
    }

    /// <summary>Writes one batch and compares what each write came to.</summary>
    public async Task WriteAndCompareAsync(IEventStore store, Step[] steps, CancellationToken cancellationToken)
    {
        // A batch can name only what existed before it: ids are given by the store.
        var (rooms, users) = (_rooms.Count, _users.Count);
        var batch = Array.ConvertAll(steps, step => Write(step, rooms, users));
        var times = Array.ConvertAll(batch, static write => write is AppendEvent append ? append.Ts : 0);
        await store.WriteAsync(batch, cancellationToken);
        for (var i = 0; i < batch.Length; i++)
        {
            switch (batch[i])
            {
                case AppendEvent append:
                    Assert.Equal(Append(append, times[i]), (append.Outcome, append.Seq, append.Ts));
                    break;
                case CreateRoom create:
                    Compare(create);
                    break;
                case EnsureGuest ensure:
                    Compare(ensure);
                    break;
            }
        }
    }

    /// <summary>Compares everything that can be read.</summary>
    public async Task CompareAllAsync(IEventStore store, CancellationToken cancellationToken)
    {
        Assert.Equal(
            _rooms.Select(static room => room.Row).OrderBy(static room => room.Id),
            (await store.ReadRoomsAsync(cancellationToken)).OrderBy(static room => room.Id));
        foreach (var room in _rooms)
        {
            var stored = await store.ReadAsync(room.Id, 0, int.MaxValue, int.MaxValue, cancellationToken);
            Assert.Equal(room.Log.Select(Comparable), stored.Select(Comparable));
            Assert.Equal(
                room.Members.Order(),
                (await store.ReadMembersAsync(room.Id, cancellationToken)).Select(static user => user.Id).Order());
        }

        foreach (var user in _users)
        {
            Assert.Equal(
                _rooms.Where(room => room.Members.Contains(user.Id)).Select(static room => room.Id).Order(),
                (await store.ReadMembershipsAsync(user.Id, cancellationToken)).Order());
        }
    }

    private static (long, long, string, string, string, string) Comparable(StoredEvent e) =>
        (e.Seq, e.Ts, e.By, e.Kind, TextOf(e.Cid), Encoding.UTF8.GetString(e.Text.Span));

    private static string TextOf(ReadOnlyMemory<byte> cid) => Encoding.UTF8.GetString(cid.Span);

    private StoreWrite Write(Step step, int rooms, int users)
    {
        var user = _users.Count == 0 ? 0 : _users[step.User % users].Id;
        return step.Kind switch
        {
            StepKind.Create => new CreateRoom { Name = RoomNames[step.Room], Title = Texts[step.Text], UserId = user, Ts = ++_clock },
            StepKind.Guest => new EnsureGuest
            {
                Name = step.Text == 0 ? UserNames[step.User] : UserNames[step.User].ToUpperInvariant(),
                HomeId = step.Cid < 6 ? _rooms[step.Room % rooms].Id : null,
                Ts = ++_clock,
            },
            _ => new AppendEvent
            {
                RoomId = _rooms[step.Room % rooms].Id,
                UserId = user,
                Kind = step.Kind switch { StepKind.Join => EventKind.Join, StepKind.Part => EventKind.Part, _ => EventKind.Message },
                Cid = Encoding.UTF8.GetBytes(step.Cid < 8 ? $"c{step.Cid}" : ""),
                Text = step.Kind is StepKind.Send ? Encoding.UTF8.GetBytes(Texts[step.Text]) : default,
                MembersOnly = step.MembersOnly,
                Ts = ++_clock,
            },
        };
    }

    private (AppendOutcome, long Seq, long Ts) Append(AppendEvent write, long ts)
    {
        var room = _rooms.Single(room => room.Id == write.RoomId);
        var cid = TextOf(write.Cid);
        if (cid.Length > 0 && _byCid.TryGetValue((write.UserId, cid), out var earlier))
        {
            return earlier.Room == room && earlier.Event.Kind == write.Kind && earlier.Event.Text.Span.SequenceEqual(write.Text.Span)
                ? (AppendOutcome.Duplicate, earlier.Event.Seq, earlier.Event.Ts)
                : (AppendOutcome.Conflict, 0, ts);
        }

        if (write.MembersOnly && !room.Members.Contains(write.UserId))
        {
            return (AppendOutcome.NotMember, room.Log.Count, ts);
        }

        var changes = write.Kind switch
        {
            EventKind.Join => room.Members.Add(write.UserId),
            EventKind.Part => room.Members.Remove(write.UserId),
            _ => true,
        };
        if (!changes)
        {
            return (AppendOutcome.Unchanged, room.Log.Count, ts);
        }

        var by = _users.Single(user => user.Id == write.UserId).Name;
        var stored = new StoredEvent(room.Log.Count + 1, ts, by, write.Kind, write.Cid, write.Text);
        room.Log.Add(stored);
        if (cid.Length > 0)
        {
            _byCid.Add((write.UserId, cid), (room, stored));
        }

        return (AppendOutcome.Stored, stored.Seq, ts);
    }

    private void Compare(CreateRoom write)
    {
        if (_rooms.Exists(room => room.Name == write.Name))
        {
            Assert.Null(write.Created);
            return;
        }

        Assert.NotNull(write.Created);
        var room = new Room(write.Created.Id, write.Name, write.Title);
        var by = _users.Single(user => user.Id == write.UserId).Name;
        room.Log.Add(new StoredEvent(1, write.Ts, by, EventKind.Room, null, Encoding.UTF8.GetBytes(write.Title)));
        room.Log.Add(new StoredEvent(2, write.Ts, by, EventKind.Join, null, default));
        room.Members.Add(write.UserId);
        _rooms.Add(room);
        Assert.Equal(room.Row, write.Created);
    }

    private void Compare(EnsureGuest write)
    {
        Assert.NotNull(write.User);
        var known = _users.Find(user => string.Equals(user.Name, write.Name, StringComparison.OrdinalIgnoreCase));
        var seq = 0L;
        if (known is null)
        {
            known = new UserRow(write.User.Id, write.Name, "guest");
            Assert.DoesNotContain(_users, user => user.Id == known.Id);
            _users.Add(known);
            if (write.HomeId is { } home)
            {
                var room = _rooms.Single(room => room.Id == home);
                room.Log.Add(new StoredEvent(seq = room.Log.Count + 1, write.Ts, known.Name, EventKind.Join, null, default));
                room.Members.Add(known.Id);
            }
        }

        Assert.Equal((known, seq), (write.User, write.JoinSeq));
    }

    /// <summary>What a step does.</summary>
    internal enum StepKind
    {
        Send,
        Join,
        Part,
        Create,
        Guest,
    }

    /// <summary>One write, by small numbers that index what exists.</summary>
    internal sealed record Step(StepKind Kind, int Room, int User, int Cid, int Text, bool MembersOnly = false);

    private sealed record Room(long Id, string Name, string Title)
    {
        public List<StoredEvent> Log { get; } = [];

        public HashSet<long> Members { get; } = [];

        public RoomRow Row => new(Id, Name, Title, "public", Log.Count, Floor: 1);
    }
}
