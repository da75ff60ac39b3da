using System.Diagnostics;

namespace Parley.Cli.Tests.Program;

/// <summary>A terminal of 80 by 24 in tmux, in which a person runs <c>parley</c>.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private readonly string _socket = $"parley-test-{Guid.NewGuid():N}";
    private string _screen = "";

    private Terminal()
    {
    }

    /// <summary>Runs the program; when it ends, the screen says <c>EXIT=</c> and its code.</summary>
    public static async Task<Terminal> RunAsync(string arguments)
    {
        var terminal = new Terminal();
        var command = $"DOTNET_ROOT={RunningServer.DotnetRoot} {RunningServer.Program} {arguments}; echo EXIT=$?; cat";
        await terminal.TmuxAsync("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", command);
        return terminal;
    }

    /// <summary>Types text as it stands.</summary>
    public Task TypeAsync(string text) => TmuxAsync("send-keys", "-l", text);

    /// <summary>Presses a key by its name in tmux, such as <c>Enter</c> or <c>C-d</c>.</summary>
    public Task PressAsync(string key) => TmuxAsync("send-keys", key);

    /// <summary>Types a line.</summary>
    public async Task SayAsync(string text)
    {
        await TypeAsync(text);
        await PressAsync("Enter");
    }

    /// <summary>Waits until a line of the screen ends with a text.</summary>
    public Task SeesAsync(string end) => Patiently.UntilAsync(
        async () => (await LinesAsync()).Any(line => line.EndsWith(end, StringComparison.Ordinal)),
        () => $"Expected '{end}' on:\n{_screen}");

    /// <summary>The lines of the screen that are not empty, without trailing space.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync()
    {
        _screen = await TmuxAsync("capture-pane", "-p");
        return [.. _screen.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
    }

    public async ValueTask DisposeAsync() => await TmuxAsync("kill-server");

    private async Task<string> TmuxAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-L", _socket, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("tmux did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patiently.Patience);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException("tmux: " + await error);
    }
}
