using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Load;

/// <summary>
/// Long and steady: 5,000 connections, 50 who come and 50 who go a second, 200 messages a second to a tenth of them. Memory
/// stays where it was, and when everybody has gone, so have their handles.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "soak")]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Connections = 5_000;

    // An hour may add 1 MiB; what the collector does from one moment to the next is more than that.
    private const double GrowthPerHour = 1 << 20;
    private const double Unsteadiness = 24 << 20;

    [Fact]
    public async Task A_server_under_steady_load_needs_no_more_memory_later_and_keeps_no_handles()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory and handles are read from /proc.");
        var minutes = FaultSize.Count(ci: 1);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults soak --count {minutes} --seed {seed}   (minutes)");
        var duration = TimeSpan.FromMinutes(minutes);
        var cancellationToken = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        var port = ServerProcess.FreePort();
        await using var server = ServerProcess.Start(ServerCommand.Find(), port, folder.Path);
        await server.ReadyAsync(cancellationToken);
        using var figures = new ServerFigures(server.Id, port);

        // What the server opens once and keeps is open then.
        await RunAsync(port, "--clients 20 --duration 1s", cancellationToken);
        await figures.WaitForAsync("parley_connections_open", count => count == 0, TimeSpan.FromSeconds(20), cancellationToken);
        var handles = figures.Handles;

        var seconds = (int)duration.TotalSeconds;
        var quiet = RunAsync(port, $"--room quiet --clients {Connections * 9 / 10} --rate 0.5 --duration {seconds + 5}s --seed {seed}", cancellationToken);
        var busy = RunAsync(port, $"--room busy --clients {Connections / 10} --senders 10 --rate 20 --churn 50 --warm 2s --duration {seconds}s --seed {seed}", cancellationToken);
        var memory = await WatchAsync(figures, busy, cancellationToken);
        await busy;
        await quiet;
        await figures.WaitForAsync("parley_connections_open", count => count == 0, TimeSpan.FromSeconds(60), cancellationToken);

        // The first half is for the collector to find its size.
        var (early, late) = (Median(memory[(memory.Count / 2)..(memory.Count * 3 / 4)]), Median(memory[(memory.Count * 3 / 4)..]));
        output.WriteLine($"{seconds} s, memory {early >> 10} KiB, later {late >> 10} KiB; handles {handles} before, {figures.Handles} after");
        Assert.InRange(late - early, double.MinValue, Unsteadiness + (GrowthPerHour * duration.TotalHours));
        await Eventually.TrueAsync(() => figures.Handles <= handles);
    }

    private static async Task RunAsync(int port, string options, CancellationToken cancellationToken)
    {
        using var load = LoadProcess.Start(port, options);
        var summary = await load.EndAsync(cancellationToken);
        Assert.Empty(summary.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()));
    }

    // Twice a second, while the load lasts.
    private static async Task<List<long>> WatchAsync(ServerFigures figures, Task load, CancellationToken cancellationToken)
    {
        List<long> memory = [];
        while (!load.IsCompleted)
        {
            memory.Add(figures.ResidentBytes);
            await Task.WhenAny(load, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellationToken));
        }

        return memory;
    }

    private static long Median(List<long> values) => values.Order().ElementAt(values.Count / 2);
}
