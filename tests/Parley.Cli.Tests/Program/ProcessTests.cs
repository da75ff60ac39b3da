using System.Diagnostics;
using Parley.Cli.Tests.Commands;

namespace Parley.Cli.Tests.Program;

/// <summary>The program in scripts, and its start and stop.</summary>
public sealed class ProcessTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public async Task Three_clients_of_the_npm_package_ws_relay_to_each_other_and_hear_no_echo()
    {
        await using var server = await RunningServer.StartAsync();
        var script = Path.Combine(RepositoryRoot(), "tests/node/relay.js");
        var start = new ProcessStartInfo("node", [script, server.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        var output = node.StandardOutput.ReadToEndAsync();
        var error = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync().WaitAsync(Patiently.Patience);
        Assert.Equal("", await error);
        Assert.Equal("relayed\n", await output);
    }

    [Fact]
    public async Task A_pipe_ends_with_0_once_everything_is_stored_and_another_pipe_hears_it()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(0, await ShellAsync($"printf 'one\\ntwo\\n' | parley chat {server.Url} --name pia --plain"));
        using var http = new HttpClient();
        var events = await http.GetStringAsync(new Uri(server.Url + "/api/rooms/lobby/events?after=0"));
        Assert.Matches("\"by\":\"pia\",\"k\":\"msg\",.*\"text\":\"one\"}\n.*\"text\":\"two\"}\n$", events);
    }

    [Fact]
    public async Task A_pipe_without_a_server_ends_with_1_and_says_what_was_not_stored()
    {
        var error = new TemporaryFile();
        Assert.Equal(1, await ShellAsync($"echo hi | parley chat http://127.0.0.1:1 --plain --reply-timeout 1s 2>{error.Path}"));
        Assert.Contains("1 of 1 messages were not stored", error.Read(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_ends_with_0_and_its_clients_wait_for_it()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ana = await Terminal.RunAsync($"chat {server.Url} --name ana");
        await ana.SeesAsync("live as ana in lobby");
        Assert.Equal(0, await server.TerminateAsync());
        await Patiently.UntilAsync(async () => (await ana.LinesAsync()).Any(l => l.Contains("connection lost, retrying in", StringComparison.Ordinal)));
        await server.RestartAsync();
        await ana.SeesAsync("* back");
    }

    [Fact]
    public async Task A_taken_port_and_a_taken_folder_are_told_in_one_line_with_code_2()
    {
        await using var server = await RunningServer.StartAsync();
        var port = await ParleyProcess.RunAsync(Nothing, "serve", "--listen", server.Url);
        var folder = await ParleyProcess.RunAsync(Nothing, "serve", "--listen", "http://127.0.0.1:0", "--data", server.Data);
        foreach (var outcome in (Outcome[])[port, folder])
        {
            Assert.Equal(2, outcome.ExitCode);
            Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    private static async Task<int> ShellAsync(string command)
    {
        var start = new ProcessStartInfo("sh", ["-c", command.Replace("parley chat", RunningServer.Program + " chat", StringComparison.Ordinal)]) { UseShellExecute = false };
        start.Environment["DOTNET_ROOT"] = RunningServer.DotnetRoot;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var shell = Process.Start(start) ?? throw new InvalidOperationException("sh did not start.");
        var output = shell.StandardOutput.ReadToEndAsync();
        var error = shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync().WaitAsync(Patiently.Patience);
        await output;
        await error;
        return shell.ExitCode;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Parley.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    private sealed class TemporaryFile
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public string Read()
        {
            var text = File.ReadAllText(Path);
            File.Delete(Path);
            return text;
        }
    }
}
