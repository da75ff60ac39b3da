using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Server.Storage;

namespace Parley.Faults.Sabotage;

/// <summary>Proves that a run is able to fail: a server that breaks a promise is caught by the invariant that it breaks.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "sabotage")]
public sealed class SabotagedServerTests(ITestOutputHelper output)
{
    [Fact]
    public Task A_server_that_acks_before_the_commit_is_caught() =>
        IsCaughtAsync(s => new AcksBeforeCommit(s), Invariant.I1);

    [Fact]
    public Task A_server_that_forgets_the_cids_it_has_stored_is_caught() =>
        IsCaughtAsync(s => new ForgetsCids(s), Invariant.I2);

    [Fact]
    public Task A_server_that_delivers_two_events_in_the_wrong_order_is_caught() =>
        IsCaughtAsync(s => new SwapsBeforeDelivery(s), Invariant.I3);

    [Fact]
    public Task A_server_that_stores_two_messages_in_the_wrong_order_is_caught() =>
        IsCaughtAsync(s => new SwapsBeforeStoring(s), Invariant.I4);

    [Fact]
    public async Task The_same_run_without_sabotage_passes() => Assert.Empty(await PlayAsync(s => new SabotagedStore(s), waitForSabotage: false));

    private async Task IsCaughtAsync(Func<IEventStore, SabotagedStore> sabotage, Invariant broken)
    {
        var violations = await PlayAsync(sabotage, waitForSabotage: true);
        output.WriteLine($"{violations.FirstOrDefault(v => v.Invariant == broken)}");
        Assert.Contains(violations, v => v.Invariant == broken);
    }

    private async Task<IReadOnlyList<Violation>> PlayAsync(Func<IEventStore, SabotagedStore> sabotage, bool waitForSabotage)
    {
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults sabotage --count 1 --seed {seed}");
        await using var run = new SabotageRun(sabotage, seed);
        var record = await run.PlayAsync(waitForSabotage, TestContext.Current.CancellationToken);
        var violations = HistoryChecker.Check(record);
        var broken = violations.CountBy(v => v.Invariant).OrderBy(i => i.Key).Select(i => $"{i.Key} {i.Value} times");
        output.WriteLine(
            $"{record.Entries.OfType<Acked>().Count()} acked, {record.Entries.OfType<Received>().Count()} received; "
            + $"sabotaged {run.Done} times; broken: {string.Join(", ", broken)}");
        Assert.Equal(waitForSabotage, run.Done > 0);
        return violations;
    }
}
