namespace Parley.Cli.Tests.Program;

/// <summary>The line client as people use it: real terminals, a real server.</summary>
public sealed class TerminalChatTests
{
    [Fact]
    public async Task Two_people_chat_and_a_line_that_is_being_typed_is_not_torn()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ana = await Terminal.RunAsync($"chat {server.Url} --name ana");
        await using var bob = await Terminal.RunAsync($"chat {server.Url} --name bob");
        await ana.SeesAsync("live as ana in lobby");
        await bob.SeesAsync("live as bob in lobby");

        await bob.TypeAsync("half a li");
        await bob.SeesAsync("> half a li");
        await ana.SayAsync("hello bob");
        await bob.SeesAsync("ana: hello bob");

        var screen = await bob.LinesAsync();
        Assert.Equal("> half a li", screen[^1]);
        await bob.SayAsync("ne");
        await ana.SeesAsync("bob: half a line");
        await bob.SeesAsync("bob: half a line");
    }

    [Fact]
    public async Task What_is_typed_while_the_server_is_away_is_said_once_when_it_is_back()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ana = await Terminal.RunAsync($"chat {server.Url} --name ana");
        await using var bob = await Terminal.RunAsync($"chat {server.Url} --name bob");
        await ana.SeesAsync("live as ana in lobby");
        await bob.SeesAsync("live as bob in lobby");
        await ana.SayAsync("before");
        await bob.SeesAsync("ana: before");

        await server.KillAsync();
        await ana.SayAsync("meanwhile 1");
        await ana.SayAsync("meanwhile 2");
        await server.RestartAsync();
        await ana.SayAsync("after");
        await bob.SeesAsync("ana: after");

        var heard = (await bob.LinesAsync()).Where(line => line.Contains("ana: ", StringComparison.Ordinal)).Select(line => line[6..]);
        Assert.Equal(["ana: before", "ana: meanwhile 1", "ana: meanwhile 2", "ana: after"], heard);
    }

    [Theory]
    [InlineData("q", "Enter")]
    [InlineData("", "C-d")]
    public async Task Leaving_ends_with_code_0(string typed, string key)
    {
        await using var server = await RunningServer.StartAsync();
        await using var ana = await Terminal.RunAsync($"chat {server.Url} --name ana");
        await ana.SeesAsync("live as ana in lobby");
        await ana.TypeAsync(typed);
        await ana.PressAsync(key);
        await ana.SeesAsync("EXIT=0");
    }

    [Fact]
    public async Task An_idle_user_is_spoken_for_and_sees_that_it_was_not_they()
    {
        await using var server = await RunningServer.StartAsync();
        await using var bob = await Terminal.RunAsync($"chat {server.Url} --name bob");
        await bob.SeesAsync("live as bob in lobby");
        await using var ana = await Terminal.RunAsync($"chat {server.Url} --name ana --idle-after 1s --idle-say 'gone for tea'");
        await ana.SeesAsync("(idle) gone for tea");
        await bob.SeesAsync("ana: gone for tea");
    }

    [Fact]
    public async Task Nothing_that_somebody_says_moves_the_cursor_or_clears_the_screen()
    {
        await using var server = await RunningServer.StartAsync();
        await using var ana = await Terminal.RunAsync($"chat {server.Url} --name ana");
        await ana.SeesAsync("live as ana in lobby");
        using var http = new HttpClient();
        using var text = new StringContent("\u001b[2J\u001b[H\u009b2J\u202e the end");
        using var posted = await http.PostAsync(new Uri(server.Url + "/api/rooms/lobby/messages?name=eve"), text);
        posted.EnsureSuccessStatusCode();
        await ana.SeesAsync("the end");
        Assert.Contains(await ana.LinesAsync(), line => line.EndsWith("live as ana in lobby", StringComparison.Ordinal));
    }
}
