using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Faults.Sabotage;

/// <summary>A real store with one promise broken. This one keeps all; those that break one say so by their names.</summary>
internal class SabotagedStore(IEventStore store) : IEventStore
{
    /// <summary>Makes batches longer, as a slow disk does: while one is written, more messages wait for the next.</summary>
    private static readonly TimeSpan Slowness = TimeSpan.FromMilliseconds(5);

    private readonly HashSet<(long User, string Cid)> _cids = [];
    private int _done;

    /// <summary>How often the promise was broken.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>The store itself.</summary>
    protected IEventStore Inner => store;

    /// <inheritdoc/>
    public Task<string> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken)
    {
        await Task.Delay(Slowness, TimeProvider.System, cancellationToken);
        await WriteSlowlyAsync((List<StoreWrite>)batch, cancellationToken); // The event writer's own list, in whose order it publishes.
    }

    /// <summary>The machine loses power: what the store has not made durable is gone. Nothing is written afterwards.</summary>
    public virtual void Crash()
    {
    }

    /// <summary>Called when the server is gone and the folder is about to be read: makes visible what could not be stored openly.</summary>
    public virtual void Reveal(string dataFolder)
    {
    }

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => store.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) => store.ReadUserAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEvent>> ReadAsync(long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadAsync(roomId, after, limit, maxBytes, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEvent>> ReadBackAsync(long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadBackAsync(roomId, before, limit, maxBytes, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) => store.ReadRoomsAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) =>
        store.ReadMembersAsync(roomId, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) =>
        store.ReadMembershipsAsync(userId, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>Writes a batch, whose order may be changed.</summary>
    protected virtual Task WriteSlowlyAsync(List<StoreWrite> batch, CancellationToken cancellationToken) =>
        Inner.WriteAsync(batch, cancellationToken);

    /// <summary>Counts what was done.</summary>
    protected void Did(int times = 1) => Interlocked.Add(ref _done, times);

    /// <summary>Whether a write is a message whose cid comes for the first time.</summary>
    protected bool IsNew(StoreWrite write) =>
        write is AppendEvent { Kind: EventKind.Message } message && Cids.TextOf(message.Cid) is { } cid && _cids.Add((message.UserId, cid));

    /// <summary>The same event, to be written apart from the request that waits for it.</summary>
    protected static AppendEvent Copy(AppendEvent message, string? cid) => new()
    {
        RoomId = message.RoomId,
        UserId = message.UserId,
        Kind = message.Kind,
        Cid = Cids.BytesOf(cid),
        MembersOnly = message.MembersOnly,
        Text = message.Text.ToArray(), // The request's buffer is used again when it is answered.
        Ts = message.Ts,
    };
}
