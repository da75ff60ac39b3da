using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Faults.Storage;
using Parley.Protocol;
using Xunit.Sdk;

namespace Parley.Faults.Backups;

/// <summary>Proves that the checks of backups are able to fail.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "sabotage")]
public sealed class SabotagedBackupTests(ITestOutputHelper output)
{
    private static readonly TakenBackup Whole = Backup([1, 2, 3], Message("garden", 1, "one"), Message("kitchen", 1, "two"), Message("garden", 2, "three"));

    [Fact]
    public async Task A_backup_without_what_only_the_write_ahead_log_holds_is_caught()
    {
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults sabotage --count 1 --seed {seed}");
        await using var run = new BackupRun(seed, static (data, file) =>
        {
            File.Copy(Path.Combine(data, "parley.db"), file);
            return Task.CompletedTask;
        });
        await run.StartAsync(TestContext.Current.CancellationToken);
        await StorageRun.UntilAsync(() => Task.FromResult(run.Acks > 0), "a message is acked");

        var (backup, violations) = await run.BackUpAsync(1, TestContext.Current.CancellationToken);

        output.WriteLine($"{backup.Commits.Count} events; {violations.Count} violations, such as {string.Join("; ", violations.Take(1))}");
        Assert.Contains(violations, v => v.Invariant == Invariant.I1);
    }

    [Fact]
    public void A_backup_of_two_moments_is_caught() =>
        Assert.ThrowsAny<XunitException>(() => Backup([1, 3], Message("garden", 1, "one"), Message("garden", 2, "three")).AssertBeginningOf(Whole));

    [Fact]
    public void A_backup_that_holds_another_text_is_caught() =>
        Assert.ThrowsAny<XunitException>(() => Backup([1, 2], Message("garden", 1, "one"), Message("kitchen", 1, "2")).AssertBeginningOf(Whole));

    [Fact]
    public void A_beginning_passes() => Backup([1, 2], Message("garden", 1, "one"), Message("kitchen", 1, "two")).AssertBeginningOf(Whole);

    private static TakenBackup Backup(long[] commits, params StoredEvent[] events) => new(new StoredLog([], events), commits);

    private static StoredEvent Message(string room, long seq, string text) => new(room, seq, "ann", EventKind.Message, $"{room}-{seq}", text);
}
