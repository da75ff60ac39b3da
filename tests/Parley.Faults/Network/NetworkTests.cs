using Parley.Faults.History;
using Parley.Faults.Kills;

namespace Parley.Faults.Network;

/// <summary>
/// Lines that break in every way, under load: nothing is lost, doubled or reordered on the wire or to the application,
/// and whoever the network comes back to goes on where it was.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "network-cuts")]
public sealed class NetworkTests(ITestOutputHelper output)
{
    private const int CutsPerRun = 500; // A history is held in memory.
    private static readonly TimeSpan ResumeBar = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Cut_lines_lose_nothing_and_are_resumed_within_a_second_of_the_networks_return()
    {
        var cuts = FaultSize.Count(ci: 100);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults network-cuts --count {cuts} --seed {seed}");
        for (; cuts > 0; cuts -= CutsPerRun, seed++)
        {
            await PlayAsync(Math.Min(cuts, CutsPerRun), seed);
        }
    }

    private async Task PlayAsync(int cuts, int seed)
    {
        await using var run = new NetworkRun(seed);
        var record = await run.PlayAsync(cuts, TestContext.Current.CancellationToken);
        var violations = HistoryChecker.Check(record);
        var acks = record.Entries.OfType<Acked>().ToList();
        output.WriteLine(
            $"seed {seed}: {run.Cuts.Count} cuts, {run.Resumed} resumes, {record.Entries.OfType<Sent>().Count()} sent, {acks.Count} acked, "
            + $"{acks.Count(a => a.Dup)} of them again, {record.Store.Events.Count} stored, {record.Entries.OfType<Received>().Count()} received, "
            + $"{run.PassedAgain} of them again, {record.Entries.OfType<Left>().Count()} left; {violations.Count} violations");
        foreach (var fault in run.Cuts.GroupBy(c => c.Fault, c => c.ResumedAfter.TotalMilliseconds).OrderBy(g => g.Key))
        {
            var took = fault.Order().ToList();
            output.WriteLine($"  {fault.Key}: {took.Count}, resumed after {took[took.Count / 2]:0} ms in the median, {took[^1]:0} ms at most");
        }

        if (violations.Count + run.Complaints.Count > 0)
        {
            output.WriteLine("The evidence is in " + Evidence.Save(seed, record, violations, run.Data));
        }

        Assert.Empty(violations);
        Assert.Empty(run.Complaints);
        Assert.InRange(run.Cuts.Max(c => c.ResumedAfter), TimeSpan.Zero, ResumeBar);

        // A run in which little happens proves little.
        Assert.Equal(cuts, run.Cuts.Count);
        Assert.True(acks.Count > 5 * cuts, $"only {acks.Count} messages were acked");
    }
}
