using Parley.Faults.History;
using Parley.Faults.History.Tests;

namespace Parley.Faults.Kills;

/// <summary>Proves that a run with real kills is able to fail: its record is tampered with, and each time the checker notices.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "sabotage")]
public sealed class ForgeryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_forgery_of_a_real_record_is_noticed()
    {
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults sabotage --count 1 --seed {seed}");
        await using var run = new KillRun(seed, output.WriteLine);
        var record = await run.PlayAsync(kills: 1, TestContext.Current.CancellationToken);
        Assert.Empty(HistoryChecker.Check(record));
        var tried = new HashSet<Invariant>();
        foreach (var forgery in Forgery.All)
        {
            if (forgery.Apply(record, new Random(seed)) is not { } broken)
            {
                output.WriteLine($"{forgery}: this run has no place for it");
                continue;
            }

            tried.Add(forgery.Breaks);
            var violations = HistoryChecker.Check(broken);
            output.WriteLine($"{forgery}: {violations.FirstOrDefault(v => v.Invariant == forgery.Breaks)}");
            Assert.Contains(violations, v => v.Invariant == forgery.Breaks);
        }

        // Whether a run has an unacked message, and somebody who left while others wrote, is for chance to say.
        Assert.Superset(new HashSet<Invariant> { Invariant.I1, Invariant.I2, Invariant.I3, Invariant.I4, Invariant.I6 }, tried);
    }
}
