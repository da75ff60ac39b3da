using System.Text.Json;
using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Load;

/// <summary>
/// One of twenty connections stops reading: the others notice nothing, the server needs no memory for it, cuts nobody, and
/// the stalled get everything when they read again. A tenth of the connections is in a room with 100 messages a second, and
/// the stalled with them; all the rest is in a quiet room.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "stalled")]
public sealed class StalledTests(ITestOutputHelper output)
{
    // From here on a machine is busy enough, and the run long enough, for times to be compared.
    private const int Nightly = 10_000;
    private const double LatencyBar = 1.2;
    private const long MemoryBar = 32 << 20;

    // Enough in a second to fill what the kernel holds for a socket that nobody reads within a few.
    private const string Busy = "--room busy --senders 10 --rate 10 --payload 2000 --warm 1s";

    [Fact]
    public async Task The_stalled_cost_the_others_nothing_and_get_everything_afterwards()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        var connections = FaultSize.Count(ci: Nightly / 10);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults stalled --count {connections} --seed {seed}");

        var without = await PlayAsync(connections, stalls: false, seed);
        var with = await PlayAsync(connections, stalls: true, seed);

        var stalled = with.Busy.GetProperty("stalled");
        output.WriteLine(
            $"p99 of the healthy {P99(with) / 1000:0.0} ms, without stalls {P99(without) / 1000:0.0} ms; "
            + $"memory {with.ResidentBytes >> 20} MiB, without {without.ResidentBytes >> 20} MiB; "
            + $"{stalled.GetProperty("users")} stalled got {stalled.GetProperty("delivered")} of {stalled.GetProperty("expected")}");
        Assert.Equal(0, stalled.GetProperty("closed").GetInt32());
        Assert.True(stalled.GetProperty("delivered").GetInt64() > 0);
        Assert.Equal(stalled.GetProperty("expected").GetInt64(), stalled.GetProperty("delivered").GetInt64());
        Assert.InRange(with.ResidentBytes - without.ResidentBytes, long.MinValue, MemoryBar);
        if (connections >= Nightly)
        {
            Assert.InRange(P99(with), 0, LatencyBar * P99(without));
        }
    }

    private static double P99(Outcome outcome) => outcome.Busy.GetProperty("latency_us").GetProperty("p99").GetDouble();

    private static async Task<Outcome> PlayAsync(int connections, bool stalls, int seed)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var duration = connections >= Nightly ? 20 : 3;
        var (healthy, stalled) = (connections / 10, stalls ? connections / 20 : 0);
        using var folder = new TempFolder();
        var port = ServerProcess.FreePort();
        await using var server = ServerProcess.Start(ServerCommand.Find(), port, folder.Path);
        await server.ReadyAsync(cancellationToken);
        using var figures = new ServerFigures(server.Id, port);

        var others = connections - healthy - (connections / 20);
        using var quiet = LoadProcess.Start(port, $"--room quiet --clients {others} --rate 0.5 --duration {duration + 5}s --seed {seed}");
        await figures.WaitForAsync("parley_connections_open", count => count > others, TimeSpan.FromSeconds(60), cancellationToken);
        var stall = stalls ? $"--stalled {stalled} --stall-for {duration + 3}s" : "";
        using var busy = LoadProcess.Start(port, $"{Busy} --clients {healthy + stalled} --duration {duration}s --seed {seed} {stall}");
        if (stalls)
        {
            await figures.WaitForAsync("parley_connections_parked", count => count >= stalled, TimeSpan.FromSeconds(60), cancellationToken);
        }

        // When the sending ends, the stalled still sleep.
        await figures.WaitForAsync("parley_events_stored_total", count => count >= 100 * duration, TimeSpan.FromSeconds(120), cancellationToken);
        var memory = figures.ResidentBytes;
        var outcome = new Outcome(await busy.EndAsync(cancellationToken), memory);
        foreach (var summary in (JsonElement[])[outcome.Busy, await quiet.EndAsync(cancellationToken)])
        {
            Assert.Empty(summary.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()));
        }

        return outcome;
    }

    private sealed record Outcome(JsonElement Busy, long ResidentBytes);
}
