using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Parley.Cli.Tests.Program;

/// <summary><c>parley serve</c> in a process of its own, on a free port, with a data folder that outlives a kill.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("parley-serve-");
    private Process? _process;

    private RunningServer() => Url = $"http://127.0.0.1:{FreePort()}";

    /// <summary>Its address.</summary>
    public string Url { get; }

    /// <summary>Its data folder.</summary>
    public string Data => _data.FullName;

    /// <summary>The program that was built.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "parley");

    /// <summary>Where the program finds its runtime.</summary>
    public static string DotnetRoot => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    public static async Task<RunningServer> StartAsync()
    {
        var server = new RunningServer();
        await server.RestartAsync();
        return server;
    }

    /// <summary>Starts it, on the same port and folder, and waits until it is ready.</summary>
    public async Task RestartAsync()
    {
        var start = new ProcessStartInfo(Program, ["serve", "--listen", Url, "--data", Data]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["DOTNET_ROOT"] = DotnetRoot;
        start.WorkingDirectory = Data;
        _process = Process.Start(start) ?? throw new InvalidOperationException("parley did not start.");
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        using var http = new HttpClient();
        await Patiently.UntilAsync(async () =>
        {
            try
            {
                return (await http.GetAsync(new Uri(Url + "/readyz"))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>Kills it as a crash would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(); // Not null: StartAsync has started it.
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Asks it to stop, and returns its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        var process = _process!; // Not null: StartAsync has started it.
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync().WaitAsync(Patiently.Patience);
        _process = null;
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _data.Delete(recursive: true);
    }

    // Below the ports that clients get: one that dials a free port of that range may end up connected to itself.
    private static int FreePort()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 30_000));
            try
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Taken; try another.
            }
        }
    }
}
