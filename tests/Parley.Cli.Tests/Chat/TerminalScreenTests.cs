using System.Text;
using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

public sealed class TerminalScreenTests : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly TerminalScreen _screen;

    public TerminalScreenTests() =>
        _screen = new(new("> ", 60), _output, TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), null, null));

    [Fact]
    public void What_happens_scrolls_by_with_the_users_time_of_day()
    {
        var at = new DateTimeOffset(2030, 1, 2, 10, 34, 0, TimeSpan.Zero);
        _screen.Draw(60);
        _ = _screen.Press("typing", out _);
        _screen.Show(ChatStatus.Live("ana", "lobby"));
        _screen.Show(new ChatMessage(at, "bob", "hi\n12:35 eve: no"));
        _screen.Show(new ChatMessage(at, "bob\n", "waves", IsAction: true));
        _screen.Show(new ChatProblem("not stored: muted"));
        _screen.Draw(60);

        var terminal = Terminal();
        Assert.Equal("> typing", terminal.CursorRow);
        Assert.Equal(
            [
                "* live as ana in lobby",
                "12:34 bob: hi",
                "      12:35 eve: no",
                @"12:34 * bob\u{000A} waves",
                "! not stored: muted",
            ],
            terminal.LinesAbove);
    }

    [Fact]
    public void After_closing_no_input_row_is_left()
    {
        _screen.Draw(60);
        _screen.Close();
        _screen.Show(new ChatProblem("gone"));
        _screen.Draw(60);

        var terminal = Terminal();
        Assert.Equal("", terminal.CursorRow);
        Assert.Equal(["! gone"], terminal.LinesAbove);
    }

    public void Dispose() => _output.Dispose();

    private VtScreen Terminal()
    {
        var terminal = new VtScreen(60);
        terminal.Write(Encoding.UTF8.GetString(_output.ToArray()));
        return terminal;
    }
}
