using CsCheck;

namespace Parley.Faults.History;

public sealed class HistoryCheckerProperties
{
    [Fact]
    public void A_run_that_kept_its_promises_passes() =>
        SimulatedRun.Steps.Sample(steps => Assert.Empty(HistoryChecker.Check(SimulatedRun.Play(steps))), iter: 5_000);

    [Fact]
    public void One_sabotage_anywhere_is_noticed_by_the_invariant_it_breaks() =>
        Gen.Select(SimulatedRun.Steps, Gen.Int[0, Sabotage.All.Count - 1], Gen.Int)
            .Sample(
                static (steps, which, seed) =>
                {
                    var sabotage = Sabotage.All[which];
                    return sabotage.Apply(SimulatedRun.Play(steps), new Random(seed)) is not { } broken
                        || HistoryChecker.Check(broken).Any(v => v.Invariant == sabotage.Breaks);
                },
                iter: 5_000);
}
