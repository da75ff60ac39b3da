using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Faults.Simulation;

/// <summary>A store that is broken on purpose: it does not know a message again that it has stored before.</summary>
/// <param name="store">The store.</param>
/// <param name="seen">The messages seen, over all lives of the server.</param>
internal sealed class ForgetfulStore(IEventStore store, HashSet<(long User, string Cid)> seen) : IEventStore
{
    public Task<string> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public Task ProbeAsync(CancellationToken cancellationToken) => store.ProbeAsync(cancellationToken);

    public Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) => store.ReadUserAsync(name, cancellationToken);

    public async Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken)
    {
        StoreWrite[] writes = [.. batch.Select(w => w is AppendEvent again && Cids.TextOf(again.Cid) is { } cid && !seen.Add((again.UserId, cid)) ? WithoutCid(again) : w)];
        await store.WriteAsync(writes, cancellationToken);
        for (var i = 0; i < writes.Length; i++)
        {
            if (writes[i] is AppendEvent copy && batch[i] is AppendEvent told && copy != told)
            {
                (told.Outcome, told.Seq, told.Ts) = (copy.Outcome, copy.Seq, copy.Ts);
            }
        }
    }

    public Task<IReadOnlyList<StoredEvent>> ReadAsync(long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadAsync(roomId, after, limit, maxBytes, cancellationToken);

    public Task<IReadOnlyList<StoredEvent>> ReadBackAsync(long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadBackAsync(roomId, before, limit, maxBytes, cancellationToken);

    public Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) => store.ReadRoomsAsync(cancellationToken);

    public Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) =>
        store.ReadMembersAsync(roomId, cancellationToken);

    public Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) =>
        store.ReadMembershipsAsync(userId, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static AppendEvent WithoutCid(AppendEvent write) =>
        new() { RoomId = write.RoomId, UserId = write.UserId, Kind = write.Kind, Text = write.Text, MembersOnly = write.MembersOnly, Ts = write.Ts };
}
