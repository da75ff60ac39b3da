using System.Diagnostics;
using System.Text.Json;

namespace Parley.Faults.Load;

/// <summary><c>parley load</c> in a process of its own, and what it says at the end.</summary>
internal sealed class LoadProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;

    private LoadProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Starts it.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="options">Its options, split at spaces.</param>
    public static LoadProcess Start(int port, string options)
    {
        // …/artifacts/bin/Parley.Faults/release/ → …/artifacts/bin/Parley.Cli/release/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "Parley.Cli", here.Name, OperatingSystem.IsWindows() ? "parley.exe" : "parley"); // Not null: the layout of artifacts.
        var words = $"load http://127.0.0.1:{port} --json {options}".Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var process = Process.Start(new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardOutput = true });
        return new LoadProcess(process!); // Not null: it is a program of its own.
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its summary; see <c>docs/load.md</c>.</returns>
    public async Task<JsonElement> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        var text = await _output;
        return text.Length > 0
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"The load test ended with {_process.ExitCode} and said nothing.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
