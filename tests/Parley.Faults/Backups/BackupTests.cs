using Parley.Faults.Kills;

namespace Parley.Faults.Backups;

/// <summary>Backups under load: each is a beginning of the log, with everything acked before it began.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "backups")]
public sealed class BackupTests(ITestOutputHelper output)
{
    private const int BackupsPerRun = 25; // Histories and backups are held in memory.

    [Fact]
    public async Task Every_backup_under_load_is_a_beginning_of_the_log_that_keeps_every_promise()
    {
        var count = FaultSize.Count(ci: 4);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults backups --count {count} --seed {seed}");
        for (; count > 0; count -= BackupsPerRun, seed++)
        {
            await PlayAsync(Math.Min(count, BackupsPerRun), seed);
        }
    }

    private async Task PlayAsync(int count, int seed)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var run = new BackupRun(seed);
        await run.StartAsync(cancel);
        var backups = new List<TakenBackup>();
        for (var number = 1; number <= count; number++)
        {
            var acks = run.Acks;
            var (backup, violations) = await run.BackUpAsync(number, cancel);
            output.WriteLine($"seed {seed}, backup {number} of {count}: {backup.Commits.Count} events, {acks} acked before it; {violations.Count} violations");
            Assert.Empty(violations);
            backups.Add(backup);
        }

        var whole = await run.EndAsync(cancel);
        Assert.All(backups, backup => backup.AssertBeginningOf(whole));
        Assert.Empty(run.Complaints);

        // A backup of a server that does little proves little.
        Assert.True(run.Acks > 20 * count, $"only {run.Acks} messages were acked");
    }
}
