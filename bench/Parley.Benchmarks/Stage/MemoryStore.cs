using Parley.Server.Storage;

namespace Parley.Benchmarks.Stage;

/// <summary>
/// A store that numbers events and keeps nothing, so that what is measured is everything but storage. One room, one user.
/// </summary>
internal sealed class MemoryStore : IEventStore
{
    /// <summary>The room.</summary>
    public static RoomRow Lobby { get; } = new(1, Protocol.Names.Lobby, "Lobby", "public", 0, 1);

    /// <summary>The user, a member of the room.</summary>
    public static UserRow Ana { get; } = new(1, "ana", "guest");

    private long _head;

    /// <summary>False: every event is taken for a repetition, which is answered and not shown to anybody.</summary>
    public bool Publishes { get; init; } = true;

    /// <summary>Events taken. From any thread.</summary>
    public long Head => Volatile.Read(ref _head);

    public Task<string> OpenAsync(CancellationToken cancellationToken) => Task.FromResult("epoch");

    public Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken)
    {
        var head = _head;
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i] is AppendEvent append)
            {
                append.Seq = ++head;
                append.Outcome = Publishes ? AppendOutcome.Stored : AppendOutcome.Duplicate;
            }
            else if (batch[i] is EnsureGuest guest)
            {
                guest.User = Ana;
            }
        }

        Volatile.Write(ref _head, head);
        return Task.CompletedTask;
    }

    public Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(string.Equals(name, Ana.Name, StringComparison.OrdinalIgnoreCase) ? Ana : null);

    public Task<IReadOnlyList<StoredEvent>> ReadAsync(long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nobody falls behind the window here.");

    public Task<IReadOnlyList<StoredEvent>> ReadBackAsync(long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nobody asks for history here.");

    public Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RoomRow>>([Lobby]);

    public Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<UserRow>>([Ana]);

    public Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<long>>([Lobby.Id]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
