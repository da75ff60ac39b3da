using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

public sealed class LineEditorTests
{
    private readonly LineEditor _editor = new("> ", 40);
    private readonly VtScreen _screen = new(40);

    [Fact]
    public void What_is_typed_stands_after_the_prompt()
    {
        Press("h", "i");
        Shows("> hi", 4);
    }

    [Fact]
    public void A_finished_line_is_handed_over_and_leaves_the_row_empty()
    {
        Press("h", "i");
        Assert.Equal(EditorOutcome.Line, _editor.Press(EditorKeyKind.Enter, out var line));
        Assert.Equal("hi", line);
        Shows("> ", 2);
    }

    [Fact]
    public void A_line_that_comes_in_does_not_tear_the_one_being_typed()
    {
        Press("h", "e", "l", "l", "o", EditorKeyKind.Left, EditorKeyKind.Left);
        _editor.PrintAbove("ana: one\nand two");
        _editor.PrintAbove("");
        Shows("> hello", 5);
        Assert.Equal(["ana: one", "and two", ""], _screen.LinesAbove);
    }

    [Fact]
    public void A_long_line_that_comes_in_is_wrapped_and_not_cut()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789", 8));
        _editor.PrintAbove(text);
        _editor.PrintAbove(text + "漢字");
        Shows("> ", 2);
        Assert.Equal([text, text + "漢字"], _screen.LinesAbove);
    }

    [Fact]
    public void What_is_printed_cannot_reach_the_terminal_as_commands()
    {
        _editor.PrintAbove("\x1b]0;title\a\u009b2J\rover");
        Shows("> ", 2);
        Assert.Equal([@"\u{001B}]0;title\u{0007}\u{009B}2J\u{000D}over"], _screen.LinesAbove);
    }

    [Theory]
    [InlineData(EditorKeyKind.Home, EditorKeyKind.Delete, "ne two  three", 0)]
    [InlineData(EditorKeyKind.Left, EditorKeyKind.Backspace, "one two  thre", 12)]
    [InlineData(EditorKeyKind.WordLeft, EditorKeyKind.EraseToEnd, "one two  ", 9)]
    [InlineData(EditorKeyKind.WordLeft, EditorKeyKind.EraseToStart, "three", 0)]
    [InlineData(EditorKeyKind.WordLeft, EditorKeyKind.EraseWord, "one three", 4)]
    [InlineData(EditorKeyKind.Home, EditorKeyKind.WordRight, "one two  three", 3)]
    [InlineData(EditorKeyKind.Home, EditorKeyKind.EndOfInput, "ne two  three", 0)]
    [InlineData(EditorKeyKind.Home, EditorKeyKind.End, "one two  three", 14)]
    internal void Keys_edit_as_in_a_shell(EditorKeyKind first, EditorKeyKind second, string expected, int cursor)
    {
        Press("one two  three", first, second);
        Assert.Equal(expected, _editor.Text);
        Assert.Equal(cursor, _editor.Cursor);
    }

    [Fact]
    public void The_end_of_input_leaves_only_an_empty_line()
    {
        Assert.Equal(EditorOutcome.EndOfInput, _editor.Press(EditorKeyKind.EndOfInput, out _));
        Press("x");
        Assert.Equal(EditorOutcome.Typing, _editor.Press(EditorKeyKind.EndOfInput, out _));
        Assert.Equal(EditorOutcome.Interrupt, _editor.Press(EditorKeyKind.Interrupt, out _));
    }

    [Fact]
    public void History_goes_back_and_returns_to_what_was_being_typed()
    {
        Press("one", EditorKeyKind.Enter, "two", EditorKeyKind.Enter, "two", EditorKeyKind.Enter, "dra");
        Press(EditorKeyKind.Up);
        Assert.Equal("two", _editor.Text);
        Press(EditorKeyKind.Up, EditorKeyKind.Up);
        Assert.Equal("one", _editor.Text);
        Press(EditorKeyKind.Down, EditorKeyKind.Down, EditorKeyKind.Down);
        Assert.Equal("dra", _editor.Text);
    }

    [Fact]
    public void History_holds_the_newest_200_lines()
    {
        for (var i = 0; i < 205; i++)
        {
            Press($"line {i}", EditorKeyKind.Enter);
        }

        for (var i = 0; i < 300; i++)
        {
            Press(EditorKeyKind.Up);
        }

        Assert.Equal("line 5", _editor.Text);
    }

    [Theory]
    [InlineData("e\u0301", 1)] // one character with its accent
    [InlineData("漢", 2)]
    [InlineData("한", 2)]
    [InlineData("\u1112\u1161\u11AB", 2)] // the same syllable from its parts
    [InlineData("👍🏽", 2)]
    [InlineData("🇫🇮", 2)]
    public void A_character_of_many_parts_is_moved_over_and_erased_as_one(string character, int cells)
    {
        Press("a", character, "b", EditorKeyKind.Left);
        Shows($"> a{character}b", 3 + cells);
        Press(EditorKeyKind.Left);
        Shows($"> a{character}b", 3);
        Press(EditorKeyKind.Right, EditorKeyKind.Backspace);
        Shows("> ab", 3);
    }

    [Fact]
    public void Characters_without_a_shape_are_kept_and_shown_by_their_number()
    {
        Press("a\u200Db\u202Ec", EditorKeyKind.Left);
        Assert.Equal("a\u200Db\u202Ec", _editor.Text);
        Shows(@"> a\u{200D}b\u{202E}c", 20);
    }

    [Fact]
    public void Control_characters_are_not_typed()
    {
        Press("a\x1b[2J\t\r\nb\x9b");
        Assert.Equal("a[2Jb", _editor.Text);
    }

    [Fact]
    public void Half_a_character_becomes_the_replacement_character()
    {
        Press("\uD83D");
        Assert.Equal("\uFFFD", _editor.Text);
    }

    [Fact]
    public void A_line_that_no_server_would_take_is_not_typed()
    {
        Press(new string('x', InputLine.MaxBytes - 1), "é", "y", "z");
        Assert.Equal(InputLine.MaxBytes, _editor.Text.Length);
        Assert.EndsWith("xy", _editor.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_the_row_scrolls_within_it()
    {
        Press(string.Concat(Enumerable.Repeat("0123456789", 6)));
        Shows("> 3456789012345678901234567890123456789"[..39], 39);
        Press(EditorKeyKind.Home);
        Shows("> 0123456789012345678901234567890123456", 2);
    }

    [Fact]
    public void A_narrow_terminal_shows_the_input_without_the_prompt()
    {
        _editor.Resize(6);
        _screen.Resize(6);
        Press("abcdefgh");
        Shows("defgh", 5);
    }

    [Fact]
    public void Clearing_the_screen_keeps_the_line_being_typed()
    {
        Press("abc", EditorKeyKind.Left, EditorKeyKind.Clear);
        var drawn = _editor.Draw();
        Assert.StartsWith("\r\x1b[K\x1b[H\x1b[2J", drawn, StringComparison.Ordinal);
        _screen.Write(drawn);
        Shows("> abc", 4);
    }

    private void Press(params EditorKey[] keys)
    {
        foreach (var key in keys)
        {
            _ = _editor.Press(key, out _);
        }
    }

    private void Shows(string row, int column)
    {
        _screen.Write(_editor.Draw());
        Assert.Equal(row, _screen.CursorRow);
        Assert.Equal(column, _screen.Column);
        Assert.True(_screen.CursorIsLast);
    }
}
