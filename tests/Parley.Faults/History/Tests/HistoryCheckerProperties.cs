using CsCheck;

namespace Parley.Faults.History.Tests;

public sealed class HistoryCheckerProperties
{
    [Fact]
    public void A_run_that_kept_its_promises_passes() =>
        SimulatedRun.Steps.Sample(steps => Assert.Empty(HistoryChecker.Check(SimulatedRun.Play(steps))), iter: 5_000);

    [Fact]
    public void One_forgery_anywhere_is_noticed_by_the_invariant_it_breaks() =>
        Gen.Select(SimulatedRun.Steps, Gen.Int[0, Forgery.All.Count - 1], Gen.Int)
            .Sample(
                static (steps, which, seed) =>
                {
                    var forgery = Forgery.All[which];
                    return forgery.Apply(SimulatedRun.Play(steps), new Random(seed)) is not { } broken
                        || HistoryChecker.Check(broken).Any(v => v.Invariant == forgery.Breaks);
                },
                iter: 5_000);
}
