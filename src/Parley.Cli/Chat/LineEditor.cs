using System.Globalization;
using System.Text;

namespace Parley.Cli.Chat;

/// <summary>What came of a key.</summary>
internal enum EditorOutcome
{
    /// <summary>The user is still typing.</summary>
    Typing,

    /// <summary>A line is complete.</summary>
    Line,

    /// <summary>The user has nothing more to say.</summary>
    EndOfInput,

    /// <summary>The user wants to leave at once.</summary>
    Interrupt,
}

/// <summary>
/// The line being typed at the bottom of a terminal, while other lines are printed above it. Keys go in, bytes for the
/// terminal come out; it knows no console. What it draws always fits one row and leaves the last cell of it free, so the
/// terminal never wraps it, and "the row the cursor is in" is all it needs to know of the screen.
/// </summary>
/// <param name="prompt">Stands before the input. Left out where the terminal is too narrow for it.</param>
/// <param name="width">The cells of a row.</param>
internal sealed class LineEditor(string prompt, int width)
{
    private const string EraseRow = "\r\x1b[K";
    private const string ClearScreen = "\x1b[H\x1b[2J";

    // Below this many cells for the input, the prompt is left out.
    private const int FewestCells = 8;

    private readonly InputLine _input = new();
    private readonly InputHistory _history = new();
    private readonly StringBuilder _output = new();
    private string _prompt = TerminalText.EscapeLine(prompt);
    private int _width = Math.Max(2, width);
    private int _firstCell;

    /// <summary>What has been typed.</summary>
    public string Text => _input.Text;

    /// <summary>Where in <see cref="Text"/> the next character goes.</summary>
    public int Cursor => _input.Cursor;

    /// <summary>Another prompt from now on. Shows with the next <see cref="Draw"/>.</summary>
    public void SetPrompt(string text) => _prompt = TerminalText.EscapeLine(text);

    /// <summary>The terminal has another width now. Shows with the next <see cref="Draw"/>.</summary>
    public void Resize(int cells) => _width = Math.Max(2, cells);

    /// <summary>Takes one key. What it changed shows with the next <see cref="Draw"/>, so a paste is drawn once.</summary>
    /// <param name="key">The key.</param>
    /// <param name="line">The finished line, with <see cref="EditorOutcome.Line"/>; else empty.</param>
    public EditorOutcome Press(EditorKey key, out string line)
    {
        line = "";
        switch (key.Kind)
        {
            case EditorKeyKind.Enter:
                line = _input.Text;
                _history.Add(line);
                _input.Replace("");
                return EditorOutcome.Line;
            case EditorKeyKind.Interrupt:
                return EditorOutcome.Interrupt;
            case EditorKeyKind.EndOfInput when _input.Text.Length == 0:
                return EditorOutcome.EndOfInput;
            case EditorKeyKind.Clear:
                _output.Append(EraseRow).Append(ClearScreen);
                return EditorOutcome.Typing;
            default:
                Edit(key);
                return EditorOutcome.Typing;
        }
    }

    /// <summary>Prints text above the input. It is escaped here; its line feeds begin new lines.</summary>
    public void PrintAbove(string text)
    {
        _output.Append(EraseRow);
        foreach (var line in TerminalText.Escape(text).AsSpan().EnumerateLines())
        {
            _output.Append(line).Append("\r\n");
        }
    }

    /// <summary>Takes the input away, for leaving: the cursor is then at the start of an empty row.</summary>
    public string Erase() => TakeOutput(EraseRow);

    /// <summary>What to write to the terminal so that it shows the present state.</summary>
    public string Draw()
    {
        var shownPrompt = _width - 1 - Cells(_prompt) >= FewestCells ? _prompt : "";
        var promptCells = Cells(shownPrompt);
        var room = _width - 1 - promptCells;
        var cursorCell = Cells(_input.Text.AsSpan(0, _input.Cursor));
        Scroll(cursorCell, room);
        _output.Append('\r').Append(shownPrompt);
        var skipped = AppendWindow(room);
        _output.Append("\x1b[K");
        return TakeOutput(string.Create(CultureInfo.InvariantCulture, $"\x1b[{promptCells + cursorCell - skipped + 1}G"));
    }

    private void Edit(EditorKey key)
    {
        switch (key.Kind)
        {
            case EditorKeyKind.Text: _input.Insert(key.Text); break;
            case EditorKeyKind.Backspace: _input.Backspace(); break;
            case EditorKeyKind.Delete or EditorKeyKind.EndOfInput: _input.Delete(); break;
            case EditorKeyKind.Left: _input.Left(); break;
            case EditorKeyKind.Right: _input.Right(); break;
            case EditorKeyKind.WordLeft: _input.WordLeft(); break;
            case EditorKeyKind.WordRight: _input.WordRight(); break;
            case EditorKeyKind.Home: _input.Home(); break;
            case EditorKeyKind.End: _input.End(); break;
            case EditorKeyKind.EraseToStart: _input.EraseToStart(); break;
            case EditorKeyKind.EraseToEnd: _input.EraseToEnd(); break;
            case EditorKeyKind.EraseWord: _input.EraseWord(); break;
            case EditorKeyKind.Up: Recall(_history.Older(_input.Text)); break;
            case EditorKeyKind.Down: Recall(_history.Newer()); break;
        }
    }

    private void Recall(string? line)
    {
        if (line is not null)
        {
            _input.Replace(line);
        }
    }

    /// <summary>Moves the window over the input so that the cursor is in it, and no more than that.</summary>
    private void Scroll(int cursorCell, int room)
    {
        if (cursorCell < _firstCell)
        {
            // Some of what is before the cursor comes into view with it, so that one sees where one is.
            _firstCell = Math.Max(0, cursorCell - (room / 2));
        }
        else if (cursorCell > _firstCell + room)
        {
            _firstCell = cursorCell - room;
        }
    }

    /// <summary>Appends the clusters that are wholly inside the window.</summary>
    /// <returns>The cells of the clusters before it.</returns>
    private int AppendWindow(int room)
    {
        var text = _input.Text;
        var skipped = 0;
        var shown = 0;
        for (var i = 0; i < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, i);
            var cluster = Visible(text.AsSpan(i, length));
            var cells = CellWidth.Of(cluster);
            i += length;
            if (skipped < _firstCell)
            {
                skipped += cells;
                continue;
            }

            shown += cells;
            if (shown > room)
            {
                break;
            }

            _output.Append(cluster);
        }

        return skipped;
    }

    private static string Visible(ReadOnlySpan<char> cluster) => TerminalText.EscapeLine(cluster.ToString());

    private static int Cells(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExceptInRange(' ', '~'))
        {
            return text.Length;
        }

        var cells = 0;
        while (!text.IsEmpty)
        {
            var length = StringInfo.GetNextTextElementLength(text);
            cells += CellWidth.Of(Visible(text[..length]));
            text = text[length..];
        }

        return cells;
    }

    private string TakeOutput(string last)
    {
        var output = _output.Append(last).ToString();
        _output.Clear();
        return output;
    }
}
