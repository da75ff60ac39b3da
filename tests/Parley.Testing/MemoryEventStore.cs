using System.Security.Cryptography;
using System.Text;
using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Testing;

/// <summary>A store in a few collections, for tests that need the truth and not its durability.</summary>
internal sealed class MemoryEventStore(MemoryEventStore.Database? database = null) : IEventStore
{
    private readonly Database _database = database ?? new Database();
    private bool _disposed;

    public Task<string> OpenAsync(CancellationToken cancellationToken) => Task.FromResult(_database.Epoch);

    public Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_database)
        {
            _database.Write(batch);
        }

        return Task.CompletedTask;
    }

    public Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) => Read(d => d.UserNamed(name));

    public Task<IReadOnlyList<StoredEvent>> ReadAsync(
        long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<StoredEvent>>(d => Page(d.LogOf(roomId).Skip((int)Math.Clamp(after, 0, int.MaxValue)), limit, maxBytes));

    public Task<IReadOnlyList<StoredEvent>> ReadBackAsync(
        long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<StoredEvent>>(d =>
            [.. Enumerable.Reverse(Page(d.LogOf(roomId).Take((int)Math.Clamp(before - 1, 0, int.MaxValue)).Reverse(), limit, maxBytes))]);

    public Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) => Read(d => d.Rooms);

    public Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) => Read(d => d.MembersOf(roomId));

    public Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) => Read(d => d.MembershipsOf(userId));

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }

    private Task<T> Read<T>(Func<Database, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_database)
        {
            return Task.FromResult(read(_database));
        }
    }

    private static List<StoredEvent> Page(IEnumerable<StoredEvent> events, int limit, int maxBytes)
    {
        var page = new List<StoredEvent>();
        long bytes = 0;
        foreach (var stored in events.Take(limit))
        {
            page.Add(stored);
            bytes += stored.Text.Length;
            if (bytes >= maxBytes)
            {
                break;
            }
        }

        return page;
    }

    /// <summary>What outlives a store that is disposed and opened again. Used under its own lock.</summary>
    internal sealed class Database
    {
        private readonly List<Room> _rooms = [new Room(1, Names.Lobby, "Lobby")];
        private readonly List<UserRow> _users = [];
        private readonly Dictionary<(long User, string Cid), (Room Room, StoredEvent Event)> _byCid = [];

        public string Epoch { get; } = RandomNumberGenerator.GetHexString(16);

        public IReadOnlyList<RoomRow> Rooms => [.. _rooms.Select(r => r.Row)];

        public IEnumerable<StoredEvent> LogOf(long roomId) => Find(roomId)?.Log ?? [];

        public IReadOnlyList<UserRow> MembersOf(long roomId) => [.. (Find(roomId)?.Members ?? []).Select(UserOf)];

        public IReadOnlyList<long> MembershipsOf(long userId) => [.. _rooms.Where(r => r.Members.Contains(userId)).Select(r => r.Row.Id)];

        public UserRow? UserNamed(string name) => _users.Find(u => string.Equals(u.Name, name, StringComparison.OrdinalIgnoreCase));

        public void Write(IReadOnlyList<StoreWrite> batch)
        {
            if (batch.OfType<AppendEvent>().FirstOrDefault(w => Find(w.RoomId) is null || w.UserId < 1 || w.UserId > _users.Count) is { } wrong)
            {
                throw new StoreException(ErrorCode.Internal, $"There is no room {wrong.RoomId}, or no user {wrong.UserId}.");
            }

            foreach (var write in batch)
            {
                switch (write)
                {
                    case AppendEvent append:
                        Append(append, Find(append.RoomId)!); // Not null: checked above.
                        break;
                    case CreateRoom create when !_rooms.Exists(r => r.Row.Name == create.Name):
                        create.Created = Add(create);
                        break;
                    case EnsureGuest ensure:
                        ensure.User = Ensure(ensure.Name);
                        break;
                }
            }
        }

        private Room? Find(long roomId) => roomId >= 1 && roomId <= _rooms.Count ? _rooms[(int)roomId - 1] : null;

        private UserRow UserOf(long userId) => _users[(int)userId - 1];

        private void Append(AppendEvent write, Room room)
        {
            if (write.Cid is not null && _byCid.TryGetValue((write.UserId, write.Cid), out var first))
            {
                var same = first.Room == room && first.Event.Kind == write.Kind && first.Event.Text.Span.SequenceEqual(write.Text.Span);
                (write.Outcome, write.Seq, write.Ts) = same
                    ? (AppendOutcome.Duplicate, first.Event.Seq, first.Event.Ts)
                    : (AppendOutcome.Conflict, 0, write.Ts);
                return;
            }

            var changes = write.Kind switch
            {
                EventKind.Join => room.Members.Add(write.UserId),
                EventKind.Part => room.Members.Remove(write.UserId),
                _ => true,
            };
            write.Outcome = changes ? AppendOutcome.Stored : AppendOutcome.Unchanged;
            write.Seq = room.Log.Count + (changes ? 1 : 0);
            if (changes)
            {
                var stored = new StoredEvent(write.Seq, write.Ts, UserOf(write.UserId).Name, write.Kind, write.Cid, write.Text.ToArray());
                room.Log.Add(stored);
                if (write.Cid is not null)
                {
                    _byCid.Add((write.UserId, write.Cid), (room, stored));
                }
            }
        }

        private RoomRow Add(CreateRoom write)
        {
            var room = new Room(_rooms.Count + 1, write.Name, write.Title);
            var by = UserOf(write.UserId).Name;
            room.Log.Add(new StoredEvent(1, write.Ts, by, EventKind.Room, null, Encoding.UTF8.GetBytes(write.Title)));
            room.Log.Add(new StoredEvent(2, write.Ts, by, EventKind.Join, null, default));
            room.Members.Add(write.UserId);
            _rooms.Add(room);
            return room.Row;
        }

        private UserRow Ensure(string name)
        {
            var user = UserNamed(name);
            if (user is null)
            {
                user = new UserRow(_users.Count + 1, name, "guest");
                _users.Add(user);
            }

            return user;
        }

        private sealed class Room(long id, string name, string title)
        {
            public List<StoredEvent> Log { get; } = [];

            public HashSet<long> Members { get; } = [];

            public RoomRow Row => new(id, name, title, "public", Log.Count, Floor: 1);
        }
    }
}
