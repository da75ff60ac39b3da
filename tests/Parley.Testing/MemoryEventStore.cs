using Parley.Server.Storage;

namespace Parley.Testing;

/// <summary>A store in memory: as simple as the contract allows. What it keeps is in the database that it is given.</summary>
internal sealed class MemoryEventStore(MemoryDatabase database) : IEventStore
{
    private bool _closed;

    public Task<string> OpenAsync(CancellationToken cancellationToken) => DoAsync(
        () =>
        {
            database.Open();
            return database.Epoch;
        },
        cancellationToken);

    public Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken) => DoAsync(
        () =>
        {
            database.Write(batch);
            return true;
        },
        cancellationToken);

    public Task ProbeAsync(CancellationToken cancellationToken) => DoAsync(static () => true, cancellationToken);

    public Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) =>
        DoAsync(() => database.UserNamed(name), cancellationToken);

    public Task<IReadOnlyList<StoredEvent>> ReadAsync(
        long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<StoredEvent>>(
            () => Page(Log(roomId), (int)Math.Max(0, Math.Min(after, int.MaxValue)), 1, limit, maxBytes), cancellationToken);

    public Task<IReadOnlyList<StoredEvent>> ReadBackAsync(
        long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<StoredEvent>>(
            () =>
            {
                var log = Log(roomId);
                var page = Page(log, (int)Math.Min(before - 2, log.Count - 1), -1, limit, maxBytes);
                page.Reverse();
                return page;
            },
            cancellationToken);

    public Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<RoomRow>>(() => [.. database.Rooms.Select(r => r.Row)], cancellationToken);

    public Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<UserRow>>(
            () => [.. (database.Find(roomId)?.Members ?? []).Select(database.UserOf)], cancellationToken);

    public Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<long>>(
            () => [.. database.Rooms.Where(r => r.Members.Contains(userId)).Select(r => r.Id)], cancellationToken);

    public ValueTask DisposeAsync()
    {
        lock (database)
        {
            _closed = true;
        }

        return ValueTask.CompletedTask;
    }

    private List<StoredEvent> Log(long roomId) => database.Find(roomId)?.Log ?? [];

    private static List<StoredEvent> Page(List<StoredEvent> log, int from, int step, int limit, int maxBytes)
    {
        var page = new List<StoredEvent>();
        for (long i = from, bytes = 0; i >= 0 && i < log.Count && page.Count < limit && (page.Count == 0 || bytes < maxBytes); i += step)
        {
            page.Add(log[(int)i]);
            bytes += log[(int)i].Text.Length;
        }

        return page;
    }

    private Task<T> DoAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        try
        {
            lock (database)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                return Task.FromResult(work());
            }
        }
        catch (Exception e) when (e is StoreException or ObjectDisposedException)
        {
            return Task.FromException<T>(e);
        }
    }
}
