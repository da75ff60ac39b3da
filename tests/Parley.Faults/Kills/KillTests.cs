using Parley.Faults.History;

namespace Parley.Faults.Kills;

/// <summary><c>kill -9</c> at random moments: nothing acked is lost, nothing is doubled, nobody misses anything.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "kills")]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int KillsPerRun = 25; // A history is held in memory.
    private static readonly TimeSpan FirstAckBar = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_killed_server_keeps_every_promise()
    {
        var kills = FaultSize.Count(ci: 10);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults kills --count {kills} --seed {seed}");
        for (; kills > 0; kills -= KillsPerRun, seed++)
        {
            await PlayAsync(Math.Min(kills, KillsPerRun), seed);
        }
    }

    private async Task PlayAsync(int kills, int seed)
    {
        await using var run = new KillRun(seed, output.WriteLine);
        var record = await run.PlayAsync(kills, TestContext.Current.CancellationToken);
        var violations = HistoryChecker.Check(record);
        var acks = record.Entries.OfType<Acked>().ToList();
        output.WriteLine(
            $"seed {seed}: {kills} kills, {record.Entries.OfType<Sent>().Count()} sent, {acks.Count} acked, {acks.Count(a => a.Dup)} of them again, "
            + $"{record.Store.Events.Count} stored, {record.Entries.OfType<Received>().Count()} received, "
            + $"{record.Entries.OfType<Left>().Count()} left; {violations.Count} violations; "
            + $"longest wait for a first ack {run.LongestFirstAck.TotalSeconds:0.00} s");
        if (violations.Count > 0)
        {
            output.WriteLine("The evidence is in " + Evidence.Save(seed, record, violations, run.Data));
        }

        Assert.Empty(violations);
        Assert.Empty(run.Complaints);
        Assert.InRange(run.LongestFirstAck, TimeSpan.Zero, FirstAckBar);

        // A run in which little happens proves little.
        Assert.True(acks.Count > 100 * kills, $"only {acks.Count} messages were acked");
    }
}
