using Parley.Faults.History;
using Parley.Faults.Kills;

namespace Parley.Faults.Storage;

/// <summary>
/// Power cuts: the server is killed, and its folder becomes what a disk would hold that loses, tears and reorders whatever
/// was not synced. Nothing acked is lost. <c>--count</c> counts cuts.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "power-cuts")]
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const int CutsPerRun = 25; // A history is held in memory.

    [Fact]
    public async Task A_power_cut_loses_nothing_that_was_acked()
    {
        var cuts = FaultSize.Count(ci: 5);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults power-cuts --count {cuts} --seed {seed}");
        for (; cuts > 0; cuts -= CutsPerRun, seed++)
        {
            await PlayAsync(Math.Min(cuts, CutsPerRun), seed);
        }
    }

    /// <summary>The same, with the sync taken away: unless this run is found guilty, the one above proves nothing.</summary>
    [Fact]
    public async Task Without_syncs_a_power_cut_loses_what_was_acked_and_this_test_sees_it()
    {
        var seed = FaultSize.Seed();
        using var disk = new FaultyDisk(seed);
        disk.Environment["PARLEY__Storage__Synchronous"] = "normal";
        await using var run = new StorageRun(seed, disk.Data, disk.Environment);
        await run.StartServerAsync();
        await run.ReadyAsync();
        await run.BeginAsync();
        await StorageRun.UntilAsync(() => Task.FromResult(run.Acks > 100), "a hundred messages are acked");
        await run.KillServerAsync();
        disk.Cut(kind: false);

        var violations = HistoryChecker.Check(run.History.With(StoredLog.Read(disk.Data)));

        Assert.Contains(violations, v => v.Invariant == Invariant.I1);
    }

    private async Task PlayAsync(int cuts, int seed)
    {
        var dice = new Random(seed);
        using var disk = new FaultyDisk(seed);
        await using var run = new StorageRun(seed, disk.Data, disk.Environment);
        await run.StartServerAsync();
        while (dice.Next(2) == 0)
        {
            await CutEarlyAsync(run, disk, dice); // While the database is being made.
        }

        await run.ReadyAsync();
        await run.BeginAsync();
        for (var cut = 1; cut <= cuts; cut++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(50, 1_500)), TimeProvider.System, TestContext.Current.CancellationToken);
            var burst = run.BurstAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(12)), TimeProvider.System, TestContext.Current.CancellationToken);
            await run.KillServerAsync();
            await burst;
            disk.Cut();
            await run.StartServerAsync();
            while (dice.Next(4) == 0)
            {
                await CutEarlyAsync(run, disk, dice);
            }

            var start = await run.ReadyAsync();
            output.WriteLine($"seed {seed}, cut {cut} of {cuts}: serves again after {start.TotalSeconds:0.00} s, {run.Acks} acked so far");
        }

        await run.EndAsync();
        await run.KillServerAsync();
        disk.Cut(kind: false);
        Judge(run, disk.Data, cuts, seed);
    }

    private static async Task CutEarlyAsync(StorageRun run, FaultyDisk disk, Random dice)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(600)), TimeProvider.System, TestContext.Current.CancellationToken);
        await run.KillServerAsync();
        disk.Cut();
        await run.StartServerAsync();
    }

    private void Judge(StorageRun run, string data, int cuts, int seed)
    {
        var record = run.History.With(StoredLog.Read(data));
        var violations = HistoryChecker.Check(record);
        output.WriteLine($"seed {seed}: {cuts} cuts, {run.Acks} acked, {record.Store.Events.Count} stored; {violations.Count} violations");
        if (violations.Count > 0)
        {
            output.WriteLine("The evidence is in " + Evidence.Save(seed, record, violations, data));
        }

        Assert.Empty(violations);
        Assert.Empty(run.Complaints);
        Assert.True(run.Acks > 20 * cuts, $"only {run.Acks} messages were acked"); // A run in which little happens proves little.
    }
}
