using Parley.Faults.Kills;
using Parley.Faults.Load;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>A server in a process of its own, so that what an honest user waits for is the server and not its attackers, and what it holds.</summary>
internal sealed class FloodedServer : IAsyncDisposable
{
    private const int HandlesMore = 20;

    private readonly TempFolder _data = new();
    private readonly ServerProcess _process;
    private readonly ServerFigures _figures;
    private int _handles;

    private FloodedServer(IReadOnlyDictionary<string, string> settings)
    {
        var port = ServerProcess.FreePort();
        var environment = new Dictionary<string, string>(settings)
        {
            ["PARLEY__Sends__PerSecond"] = "0", // The honest user comes often.
            ["PARLEY__Storage__Synchronous"] = "normal", // It is about connections, not about the disk.
        };
        Address = new Uri($"http://127.0.0.1:{port}");
        _process = ServerProcess.Start(ServerCommand.Find().WithLimits(), port, _data.Path, environment);
        _figures = new ServerFigures(_process.Id, port);
    }

    public Uri Address { get; }

    /// <param name="settings">By the names that they have in the environment.</param>
    public static async Task<FloodedServer> StartAsync(params (string Name, string Value)[] settings)
    {
        var server = new FloodedServer(settings.ToDictionary(s => s.Name, s => s.Value));
        await server._process.ReadyAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>TCP connections that it closed because too many were pending.</summary>
    public Task<double> TurnedAwayAsync() => _figures.ReadAsync("parley_connections_turned_away_total", TestContext.Current.CancellationToken);

    /// <summary>Counts what it holds open.</summary>
    public void Count() => _handles = Handles;

    /// <summary>Waits until it holds no connection, and no more than it did.</summary>
    public async Task IsAsBeforeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        await _figures.WaitForAsync("parley_connections_open", static open => open == 0, WireClient.Patience, cancel);
        await _figures.WaitForAsync("parley_connections_pending", static pending => pending <= 1, WireClient.Patience, cancel); // That which asks.
        await Eventually.TrueAsync(() => Handles <= _handles + HandlesMore);
    }

    public async ValueTask DisposeAsync()
    {
        _figures.Dispose();
        await _process.DisposeAsync();
        _data.Dispose();
    }

    private int Handles => OperatingSystem.IsLinux() ? _figures.Handles : 0;
}
