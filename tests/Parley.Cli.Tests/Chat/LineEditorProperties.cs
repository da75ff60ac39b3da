using System.Globalization;
using CsCheck;
using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

/// <summary>Whatever is typed while whatever comes in: every printed line is whole and in order, and the input is intact.</summary>
public sealed class LineEditorProperties
{
    private const string Prompt = "> ";

    private static readonly Gen<string> Character = Pick.From(
        "a", "b", " ", "Z", "é", "e\u0301", "\u0301", "漢", "한", "\u1112", "\u1161", "\u11AB", "👍", "🏽", "🇫", "🇮", "❤️",
        "\u200D", "\u202E", "\u00AD", "\x1b", "\t", "ﷺ", "\uD800", "क", "\u093F", "\u094D");

    private static readonly Gen<string> Typed = Character.Array[1, 12].Select(string.Concat);

    private static readonly Gen<string> Printed =
        Gen.OneOf(Character, Gen.Const("\n"), Gen.Const("a long enough word ")).Array[0, 20].Select(parts =>
            string.Concat(parts).Replace("\t", "", StringComparison.Ordinal));

    private static readonly Gen<Step> Steps = Gen.OneOf<Step>(
        Typed.Select(text => (Step)new Press(text)),
        Typed.Select(text => (Step)new Press(text)),
        Gen.Enum<EditorKeyKind>().Where(kind => kind != EditorKeyKind.Text).Select(kind => (Step)new Press(kind)),
        Printed.Select(text => (Step)new Print(text)),
        Gen.Int[1, 60].Select(width => (Step)new Resize(width)),
        Gen.Const((Step)new Draw()));

    [Fact]
    public void Printed_lines_are_whole_and_the_input_row_is_right() => Steps.Array[0, 60].Sample(Check, iter: 5_000);

    private static void Check(Step[] steps)
    {
        var editor = new LineEditor(Prompt, 30);
        var screen = new VtScreen(30);
        List<string> printed = [];
        screen.Write(editor.Draw());
        foreach (var step in steps)
        {
            switch (step)
            {
                case Press(var key):
                    _ = editor.Press(key, out _);
                    break;
                case Print(var text):
                    printed.AddRange(TerminalText.Escape(text).Split('\n'));
                    editor.PrintAbove(text);
                    screen.Write(editor.Draw());
                    break;
                case Resize(var width):
                    // What is pending was made for the old width.
                    screen.Write(editor.Draw());
                    editor.Resize(width);
                    screen.Resize(Math.Max(2, width));
                    screen.Write(editor.Draw());
                    break;
                case Draw:
                    screen.Write(editor.Draw());
                    break;
            }
        }

        screen.Write(editor.Draw());
        Assert.Equal(printed, screen.LinesAbove);
        Assert.True(screen.CursorIsLast);
        CheckInputRow(editor, screen);
    }

    /// <summary>The row is the prompt and as much of the input as fits from some place on, with the cursor at its character.</summary>
    private static void CheckInputRow(LineEditor editor, VtScreen screen)
    {
        var prompt = screen.Width - 1 - Prompt.Length >= 8 ? Prompt : "";
        var room = screen.Width - 1 - prompt.Length;
        var clusters = Clusters(editor.Text).ToList();
        var windows = Enumerable.Range(0, clusters.Count + 1).Select(first =>
        {
            var shown = clusters.Skip(first).TakeWhile((_, i) => clusters.Skip(first).Take(i + 1).Sum(c => c.Cells) <= room);
            var before = clusters.Skip(first).TakeWhile(c => c.Start < editor.Cursor);
            return (prompt + string.Concat(shown.Select(c => c.Shown)), prompt.Length + before.Sum(c => c.Cells), first);
        });
        Assert.Contains(windows, window =>
            window.Item1 == screen.CursorRow && window.Item2 == screen.Column
            && (window.first == clusters.Count || clusters[window.first].Start <= editor.Cursor));
        Assert.InRange(screen.Column, prompt.Length, screen.Width - 1);
    }

    private static IEnumerable<(int Start, string Shown, int Cells)> Clusters(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, i);
            var shown = TerminalText.EscapeLine(text.Substring(i, length));
            yield return (i, shown, CellWidth.Of(shown.AsSpan()));
            i += length;
        }
    }

    private abstract record Step;

    private sealed record Press(EditorKey Key) : Step;

    private sealed record Print(string Text) : Step;

    private sealed record Resize(int Width) : Step;

    private sealed record Draw : Step;
}
