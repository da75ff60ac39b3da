using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Parley.Cli.Chat;
using Parley.Cli.Settings;

namespace Parley.Cli.Tests.Chat;

public sealed class PipeChatTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ChatSettings _settings = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Each_line_is_sent_and_the_end_of_the_input_closes_properly()
    {
        var scripted = new ScriptedSession();

        Assert.Equal(0, await RunAsync(scripted, "one\r\ntwo\n\n  \n漢字"));

        Assert.Equal(["one", "two", "漢字"], scripted.Rest());
        Assert.True(scripted.IsClosed);
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData("q")]
    [InlineData("/quit")]
    public async Task A_line_that_says_so_leaves(string leave)
    {
        var scripted = new ScriptedSession();

        Assert.Equal(0, await RunAsync(scripted, $"one\nquiet\nq!\n{leave}\nnever\n"));

        Assert.Equal(["one", "quiet", "q!"], scripted.Rest());
        Assert.True(scripted.IsClosed);
    }

    [Fact]
    public async Task Leaving_does_not_wait_for_the_rest_of_the_input()
    {
        var pipe = new Pipe();
        using var reader = new StreamReader(pipe.Reader.AsStream());
        var scripted = new ScriptedSession();
        var running = new PipeChat(reader, _output, _error).RunAsync(scripted.Session, _settings, _time, TestContext.Current.CancellationToken);

        await pipe.Writer.WriteAsync("q\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(0, await running);
    }

    [Fact]
    public async Task Lines_with_a_slash_are_commands_unless_it_is_doubled()
    {
        var scripted = new ScriptedSession();

        Assert.Equal(0, await RunAsync(scripted, "//x\n///y\n/join den\n/join No!\n/who\n/last 5\n/last 0\n/me waves\n/nick bo\n/dance\n"));

        Assert.Equal(["/x", "//y", "(me) waves"], scripted.Rest());
        Assert.Equal(["join den", "who", "last 5"], scripted.Requests);
        Assert.Equal("bob: earlier\n", _output.ToString());
        Assert.Equal(
            [
                "* in den",
                "parley: usage: /join ROOM (go to another room)",
                "* ana, bob",
                "parley: usage: /last N (show the last N messages again, up to 200)",
                "parley: unknown command /nick; /help lists them, //… sends a line that begins with /",
                "parley: unknown command /dance; /help lists them, //… sends a line that begins with /",
                "",
            ],
            _error.ToString().Split('\n'));
    }

    [Fact]
    public async Task Help_lists_only_what_the_session_can_do()
    {
        await RunAsync(new ScriptedSession(), "/help\n");

        Assert.Contains("* /join ROOM", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("* /me ACTION", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("/nick", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_of_others_go_to_the_output_and_the_rest_to_the_error_stream()
    {
        var scripted = new ScriptedSession();
        await scripted.SayAsync(ChatStatus.Connecting(new("ws://a/ws")));
        await scripted.SayAsync(ChatStatus.Live("ana", "lobby"));
        await scripted.SayAsync(new ChatMessage(_time.GetUtcNow(), "bob", "hi\nana: \x1b[2J"));
        await scripted.SayAsync(new ChatMessage(_time.GetUtcNow(), "ana", "mine", IsOwn: true));
        await scripted.SayAsync(new ChatMessage(_time.GetUtcNow(), "bob", "waves", IsAction: true));
        await scripted.SayAsync(ChatStatus.Lost(TimeSpan.FromSeconds(2.5)));
        await scripted.SayAsync(ChatStatus.Back(2));

        Assert.Equal(0, await RunAsync(scripted, ""));

        Assert.Equal("bob: hi\n    ana: \\u{001B}[2J\n* bob waves\n", _output.ToString());
        Assert.Equal(
            "* connecting to ws://a/ws\n* live as ana in lobby\n* connection lost, retrying in 3 s\n* back; sending 2 messages\n",
            _error.ToString());
    }

    [Fact]
    public async Task The_end_of_the_input_waits_until_everything_is_stored()
    {
        var scripted = new ScriptedSession { StoresAtOnce = _ => false };
        var running = RunAsync(scripted, "one\ntwo\n");
        var first = await scripted.NextAsync();
        var second = await scripted.NextAsync();

        Assert.False(running.IsCompleted);
        first.Store();
        Assert.False(running.IsCompleted);
        second.Store();

        Assert.Equal(0, await running);
        Assert.True(scripted.IsClosed);
    }

    [Fact]
    public async Task What_is_not_stored_in_time_is_counted_and_fails()
    {
        var scripted = new ScriptedSession { StoresAtOnce = text => text == "one" };
        var running = RunAsync(scripted, "one\ntwo\nthree\n");

        // The chat may not have begun to wait yet, so the clock goes on until it has.
        for (var i = 0; i < 1_000_000 && !running.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(11));
            await Task.Yield();
        }

        Assert.Equal(1, await running);
        Assert.Equal("parley: 2 of 3 messages were not stored\n", _error.ToString());
        Assert.True(scripted.IsClosed);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_and_counted()
    {
        var scripted = new ScriptedSession { StoresAtOnce = _ => false };
        var running = RunAsync(scripted, "one\ntwo\n");
        (await scripted.NextAsync()).Refuse("muted\x1b");
        (await scripted.NextAsync()).Store();

        Assert.Equal(1, await running);
        Assert.Equal("parley: not stored: muted\\u{001B}\nparley: 1 of 2 messages were not stored\n", _error.ToString());
    }

    [Fact]
    public async Task A_session_that_ends_fails_and_says_why()
    {
        var scripted = new ScriptedSession();
        scripted.End(new InvalidOperationException("banned"));
        var pipe = new Pipe();
        using var reader = new StreamReader(pipe.Reader.AsStream());

        Assert.Equal(1, await new PipeChat(reader, _output, _error)
            .RunAsync(scripted.Session, _settings, _time, TestContext.Current.CancellationToken));
        Assert.Equal("parley: banned\n", _error.ToString());
    }

    [Fact]
    public async Task Cancelling_leaves_at_once()
    {
        using var cancel = new CancellationTokenSource();
        var pipe = new Pipe();
        using var reader = new StreamReader(pipe.Reader.AsStream());
        var scripted = new ScriptedSession { StoresAtOnce = _ => false };
        var running = new PipeChat(reader, _output, _error).RunAsync(scripted.Session, _settings, _time, cancel.Token);
        await pipe.Writer.WriteAsync("one\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await scripted.NextAsync();

        await cancel.CancelAsync();

        Assert.Equal(1, await running);
        Assert.Equal("parley: 1 of 1 messages were not stored\n", _error.ToString());
        Assert.True(scripted.IsClosed);
    }

    [Fact]
    public async Task More_lines_than_may_be_on_their_way_wait_their_turn()
    {
        var scripted = new ScriptedSession { StoresAtOnce = _ => false };
        var count = PendingSends.Capacity + 50;
        var lines = Enumerable.Range(0, count).Select(i => $"line {i}").ToList();
        var running = RunAsync(scripted, string.Join('\n', lines));
        List<string> seen = [];
        while (seen.Count < count)
        {
            var sent = await scripted.NextAsync();
            seen.Add(sent.Text);
            sent.Store();
        }

        Assert.Equal(0, await running);
        Assert.Equal(lines, seen);
    }

    [Fact]
    public async Task A_line_without_an_end_is_skipped_and_counted()
    {
        var scripted = new ScriptedSession();

        Assert.Equal(1, await RunAsync(scripted, $"one\n{new string('x', PipeChat.MaxLineLength + 1)}\ntwo\n"));

        Assert.Equal(["one", "two"], scripted.Rest());
        Assert.Equal("parley: a line was too long and was not sent\nparley: 1 of 3 messages were not stored\n", _error.ToString());
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(ScriptedSession scripted, string input) =>
        new PipeChat(new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(input))), _output, _error)
            .RunAsync(scripted.Session, _settings, _time, TestContext.Current.CancellationToken);
}
