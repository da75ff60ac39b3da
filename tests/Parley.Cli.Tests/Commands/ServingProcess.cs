using System.Diagnostics;
using System.Runtime.InteropServices;
using Parley.Testing;

namespace Parley.Cli.Tests.Commands;

/// <summary>A <c>parley serve</c> in a process and a folder of its own, on a free loopback port.</summary>
internal sealed class ServingProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TempFolder? _owned;
    private readonly Task<string> _rest;

    private ServingProcess(Process process, TempFolder? owned, string welcome)
    {
        _process = process;
        _owned = owned;
        Welcome = welcome;
        _rest = process.StandardOutput.ReadToEndAsync();
        Address = new UriBuilder(welcome["Parley listens on ".Length..welcome.IndexOf(", data", StringComparison.Ordinal)]) { Host = "localhost" }.Uri;
        Http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = TestCertificate.TrustItself } })
        {
            BaseAddress = Address,
            Timeout = WireClient.Patience,
        };
    }

    /// <summary>The program that was built with the tests.</summary>
    public static string Built { get; } = Path.Combine(AppContext.BaseDirectory, "parley");

    /// <summary>What it said when it listened.</summary>
    public string Welcome { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Calls it, and trusts the tests' certificate.</summary>
    public HttpClient Http { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="program">The file to run.</param>
    /// <param name="arguments">What follows <c>serve</c>; without <c>--data</c>, a new folder is used.</param>
    public static async Task<ServingProcess> StartAsync(string program, params string[] arguments)
    {
        var owned = arguments.Contains("--data") ? null : new TempFolder();
        string[] address = arguments.Contains("--listen") ? [] : ["--listen", "http://127.0.0.1:0"];
        string[] data = owned is null ? [] : ["--data", owned.Path];
        var start = new ProcessStartInfo(program, ["serve", .. address, .. data, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(WireClient.Patience) is { } line)
        {
            if (line.StartsWith("Parley listens on ", StringComparison.Ordinal))
            {
                return new ServingProcess(process, owned, line);
            }
        }

        throw new InvalidOperationException($"{program} ended before it listened.");
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        await _process.WaitForExitAsync().WaitAsync(WireClient.Patience);
        await _rest;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _owned?.Dispose();
    }
}
