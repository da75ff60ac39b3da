using Parley.Faults.History;

namespace Parley.Faults.Kills;

/// <summary>Proves that a run with real kills is able to fail: its record is tampered with, and each time the checker notices.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "sabotage")]
public sealed class SabotageTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_sabotage_of_a_real_run_is_noticed()
    {
        var seed = Random.Shared.Next(1_000_000);
        await using var run = new KillRun(seed, output.WriteLine);
        var record = await run.PlayAsync(kills: 1, TestContext.Current.CancellationToken);
        Assert.Empty(HistoryChecker.Check(record));
        var tried = new HashSet<Invariant>();
        foreach (var sabotage in Sabotage.All)
        {
            if (sabotage.Apply(record, new Random(seed)) is not { } broken)
            {
                output.WriteLine($"{sabotage}: this run has no place for it");
                continue;
            }

            tried.Add(sabotage.Breaks);
            var violations = HistoryChecker.Check(broken);
            output.WriteLine($"{sabotage}: {violations.FirstOrDefault(v => v.Invariant == sabotage.Breaks)}");
            Assert.Contains(violations, v => v.Invariant == sabotage.Breaks);
        }

        // Whether a run has an unacked message, and somebody who left while others wrote, is for chance to say.
        Assert.Superset(new HashSet<Invariant> { Invariant.I1, Invariant.I2, Invariant.I3, Invariant.I4, Invariant.I6 }, tried);
    }
}
