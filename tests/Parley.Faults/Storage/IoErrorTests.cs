using Parley.Faults.History;
using Parley.Faults.Kills;

namespace Parley.Faults.Storage;

/// <summary>
/// Writes and syncs that fail, once or for a while: nothing is acked that the disk does not hold, the server says that it
/// takes no writes and takes them again when the disk is well; also after it was killed in the middle of it, and although
/// what a failed sync left in the kernel's cache looks stored until the power is cut. <c>--count</c> counts errors.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "io-errors")]
public sealed class IoErrorTests(ITestOutputHelper output)
{
    private const int ErrorsPerRun = 25; // A history is held in memory.
    private const int Lasting = 1_000_000; // Times that it fails: until it is healed.
    private static readonly TimeSpan NoticeBar = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RecoveryBar = TimeSpan.FromSeconds(5);
    private static readonly DiskError[] Errors = [DiskError.Broken, DiskError.Full, DiskError.ReadOnly];

    [Fact]
    public async Task Nothing_is_acked_that_a_failing_disk_did_not_take()
    {
        var errors = FaultSize.Count(ci: 10);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults io-errors --count {errors} --seed {seed}");
        for (; errors > 0; errors -= ErrorsPerRun, seed++)
        {
            await PlayAsync(Math.Min(errors, ErrorsPerRun), seed);
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task PlayAsync(int errors, int seed)
    {
        var dice = new Random(seed);
        using var disk = new FaultyDisk(seed);
        await using var run = new StorageRun(seed, disk.Data, disk.Environment);
        await run.StartServerAsync();
        await run.ReadyAsync();
        await run.BeginAsync();
        for (var error = 1; error <= errors; error++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(50, 500)), TimeProvider.System, Cancelled);
            var what = await FailAsync(run, disk, dice);
            output.WriteLine($"seed {seed}, error {error} of {errors}: {what}; {run.Acks} acked, {run.Refusals} refused so far");
        }

        await run.EndAsync();
        await run.KillServerAsync();
        disk.Cut(kind: false);
        Judge(run, disk.Data, errors, seed);
    }

    /// <summary>One error, and one of the three things that may come of it.</summary>
    private static async Task<string> FailAsync(StorageRun run, FaultyDisk disk, Random dice)
    {
        var syncs = dice.Next(2) == 0;
        var error = syncs ? DiskError.Broken : Errors[dice.Next(Errors.Length)];
        var times = dice.Next(2) == 0 ? dice.Next(1, 4) : Lasting;
        var what = $"{(syncs ? "syncs" : "writes")} failed with {error}, {(times == Lasting ? "until healed" : $"{times} times")}";
        var before = disk.Failed;
        disk.Fail(error, syncs, pass: dice.Next(20), times);
        await StorageRun.UntilAsync(() => Task.FromResult(disk.Failed > before), $"something fails, {what}");
        switch (dice.Next(3))
        {
            case 0:
                return $"{what}, then the power was cut{await CutAsync(run, disk)}";
            case 1:
                return $"{what}, then the server was killed{await KillAsync(run, disk, dice)}";
            default:
                return what + await OutlastAsync(run, disk, times);
        }
    }

    private static async Task<string> CutAsync(StorageRun run, FaultyDisk disk)
    {
        await run.KillServerAsync();
        disk.Heal();
        disk.Cut();
        await run.StartServerAsync();
        await run.ReadyAsync();
        return "";
    }

    /// <summary>The new process reads from the kernel's cache what a failed sync left there; what it then acks must outlive the power.</summary>
    private static async Task<string> KillAsync(StorageRun run, FaultyDisk disk, Random dice)
    {
        await run.KillServerAsync();
        disk.Heal();
        await run.StartServerAsync();
        await run.ReadyAsync();
        var acks = run.Acks;
        await StorageRun.UntilAsync(() => Task.FromResult(run.Acks > acks), "something is acked after the restart");
        await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(300)), TimeProvider.System, Cancelled);
        return $" and the power cut{await CutAsync(run, disk)}";
    }

    private static async Task<string> OutlastAsync(StorageRun run, FaultyDisk disk, int times)
    {
        var notice = TimeSpan.Zero;
        if (times == Lasting)
        {
            notice = await StorageRun.UntilAsync(async () => (await run.AskReadinessAsync()).StartsWith("503 not ready: ", StringComparison.Ordinal), "it is not ready");
            Assert.InRange(notice, TimeSpan.Zero, NoticeBar);
        }

        disk.Heal();
        var acks = run.Acks;
        var recovery = await StorageRun.UntilAsync(async () => run.Acks > acks && await run.AskReadinessAsync() == "200 ready\n", "it is ready again");
        Assert.InRange(recovery, TimeSpan.Zero, RecoveryBar);
        return $", seen after {notice.TotalSeconds:0.00} s, well again after {recovery.TotalSeconds:0.00} s";
    }

    private void Judge(StorageRun run, string data, int errors, int seed)
    {
        var record = run.History.With(StoredLog.Read(data));
        var violations = HistoryChecker.Check(record);
        output.WriteLine($"seed {seed}: {errors} errors, {run.Acks} acked, {run.Refusals} refused, {record.Store.Events.Count} stored; {violations.Count} violations");
        if (violations.Count > 0)
        {
            output.WriteLine("The evidence is in " + Evidence.Save(seed, record, violations, data));
        }

        Assert.Empty(violations);
        Assert.Empty(run.Complaints);
        Assert.True(run.Acks > 20 * errors, $"only {run.Acks} messages were acked"); // A run in which little happens proves little.
    }
}
