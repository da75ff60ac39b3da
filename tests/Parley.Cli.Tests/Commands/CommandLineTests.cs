namespace Parley.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    public static TheoryData<string, string> WrongCalls => new()
    {
        { "serve --lisen http://127.0.0.1:1", "--lisen" },
        { "serve --listen nonsense", "--listen: Listen cannot be \"nonsense\"" },
        { "serve --guests maybe", "--guests: Guests cannot be \"maybe\"" },
        { "serve --listen http://0.0.0.0:8080 --echo", "--echo: Echo cannot be \"on\"" },
        { "serve --listen http://0.0.0.0:8080 --limits off", "--limits: Limits cannot be \"off\"" },
        { "serve --config missing.json", "\"missing.json\" cannot be read" },
        { "serve --data", "--data" },
        { "serve --data a --data b", "--data" },
        { "chat --idle-after 30", "--idle-after: Chat:IdleAfter cannot be \"30\"" },
        { "chat ws://a/ws?token=x", "URL: Chat:Url cannot be" },
        { "chat one two", "two" },
        { "brew", "brew" },
    };

    [Theory]
    [MemberData(nameof(WrongCalls))]
    public async Task A_wrong_call_gives_one_line_and_exit_code_2(string arguments, string expected)
    {
        var outcome = await ParleyProcess.RunAsync(new Dictionary<string, string>(), arguments.Split(' '));

        Assert.Equal(2, outcome.ExitCode);
        var line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("parley: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public async Task An_unknown_variable_gives_one_line_and_exit_code_2()
    {
        var outcome = await ParleyProcess.RunAsync(new Dictionary<string, string> { ["PARLEY__Lisen"] = "x" }, "serve");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Equal("parley: PARLEY__Lisen: unknown setting \"Lisen\"; did you mean Listen?\n", outcome.Error);
    }

    [Fact]
    public async Task A_bare_call_shows_the_commands_and_fails()
    {
        var outcome = await ParleyProcess.RunAsync(new Dictionary<string, string>());

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("serve", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("chat", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_options_without_the_switch_for_conformance_checks()
    {
        var outcome = await ParleyProcess.RunAsync(new Dictionary<string, string>(), "serve", "--help");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("--listen <URL>", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--echo", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_prints_the_version()
    {
        var outcome = await ParleyProcess.RunAsync(new Dictionary<string, string>(), "--version");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", outcome.Output);
    }
}
