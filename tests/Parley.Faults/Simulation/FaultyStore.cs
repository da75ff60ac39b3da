using System.Text;
using Parley.Faults.History;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Testing;
using StoredEvent = Parley.Server.Storage.StoredEvent;

namespace Parley.Faults.Simulation;

/// <summary>What the store will do wrong. Outlives the server's lives, as a bad disk does.</summary>
internal sealed class StoreFaults
{
    private static readonly ErrorCode[] Codes = [ErrorCode.Quota, ErrorCode.ReadOnly, ErrorCode.Busy, ErrorCode.Internal];

    /// <summary>Commits that will fail.</summary>
    public int Commits { get; set; }

    /// <summary>Reads that will fail.</summary>
    public int Reads { get; set; }

    /// <summary>Ticks that everything takes longer.</summary>
    public long Slowness { get; set; }

    /// <summary>Commits that have failed.</summary>
    public int FailedCommits { get; private set; }

    /// <summary>Reads that have failed.</summary>
    public int FailedReads { get; private set; }

    /// <summary>The failure that is due for a commit, if any.</summary>
    public StoreException? TakeCommit()
    {
        if (Commits == 0)
        {
            return null;
        }

        Commits--;
        return Failure(++FailedCommits);
    }

    /// <summary>The failure that is due for a read, if any.</summary>
    public StoreException? TakeRead()
    {
        if (Reads == 0)
        {
            return null;
        }

        Reads--;
        return Failure(++FailedReads);
    }

    private static StoreException Failure(int number) => new(Codes[number % Codes.Length], "The store fails on purpose.");
}

/// <summary>
/// A store whose work takes virtual time and fails as it is told. Between the moment when a commit is durable and the
/// moment when the writer knows it, anything may happen: a read, a write queued, a kill.
/// </summary>
internal sealed class FaultyStore(
    IEventStore store, MemoryDatabase database, StoreFaults faults, SimulatedProcess process, Scheduler scheduler, RunHistory history, Random dice)
    : IEventStore
{
    private const int UsualCommitMs = 4;
    private const int UsualReadMs = 2;

    private int _writes;

    /// <summary>True while a batch is under way, stored or not.</summary>
    public bool IsWriting { get; private set; }

    public Task<string> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public Task ProbeAsync(CancellationToken cancellationToken) => store.ProbeAsync(cancellationToken);

    public Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) => store.ReadUserAsync(name, cancellationToken);

    public async Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken)
    {
        IsWriting = true;
        try
        {
            await CommitAsync(batch, cancellationToken);
        }
        finally
        {
            IsWriting = false;
        }
    }

    public Task<IReadOnlyList<StoredEvent>> ReadAsync(long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadAsync(roomId, after, limit, maxBytes, cancellationToken), after);

    public Task<IReadOnlyList<StoredEvent>> ReadBackAsync(long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadBackAsync(roomId, before, limit, maxBytes, cancellationToken), before);

    public Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) => store.ReadRoomsAsync(cancellationToken);

    public Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) =>
        store.ReadMembersAsync(roomId, cancellationToken);

    public Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) =>
        store.ReadMembershipsAsync(userId, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private async Task CommitAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken)
    {
        await TakeTimeAsync(UsualCommitMs);
        if (faults.TakeCommit() is { } failure)
        {
            scheduler.Note(Happening.CommitFailed, ++_writes, (long)failure.Code);
            NoteFailures(batch.OfType<AppendEvent>());
            throw failure;
        }

        await store.WriteAsync(batch, cancellationToken);
        NoteFailures(batch.OfType<AppendEvent>().Where(w => w.Outcome == AppendOutcome.NotMember));
        foreach (var write in batch.OfType<AppendEvent>())
        {
            scheduler.Note(Happening.Commit, ++_writes, write.Seq, Encoding.UTF8.GetBytes($"{write.Outcome} {write.RoomId} {write.Kind} {Cids.TextOf(write.Cid)}"));
        }

        await TakeTimeAsync(UsualCommitMs / 2);
    }

    private async Task<IReadOnlyList<StoredEvent>> ReadAsync(Func<Task<IReadOnlyList<StoredEvent>>> read, long from)
    {
        await TakeTimeAsync(UsualReadMs);
        if (faults.TakeRead() is { } failure)
        {
            scheduler.Note(Happening.ReadFailed, from);
            throw failure;
        }

        var page = await read();
        scheduler.Note(Happening.Read, from, page.Count);
        await TakeTimeAsync(UsualReadMs);
        return page;
    }

    private Task TakeTimeAsync(int usualMs) =>
        dice.Next(3) == 0 && faults.Slowness == 0
            ? Task.CompletedTask
            : process.PauseAsync(faults.Slowness + dice.NextInt64(usualMs * TimeSpan.TicksPerMillisecond));

    // A try that was refused has no place in the order, and whether its client hears of it is for chance to say.
    private void NoteFailures(IEnumerable<AppendEvent> writes)
    {
        foreach (var write in writes.Where(w => !w.Cid.IsEmpty))
        {
            // Not null: just asked, and the room of a write exists.
            history.Add(new Failed(new ClientId(database.UserOf(write.UserId).Name), database.Find(write.RoomId)!.Name, Cids.TextOf(write.Cid)!));
        }
    }
}
