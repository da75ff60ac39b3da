using System.Globalization;
using System.Text;
using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

/// <summary>
/// A small terminal: rows that grow downwards, automatic wrapping with the delayed wrap of the VT100, and the few
/// sequences that the line editor uses. Anything else throws.
/// </summary>
internal sealed class VtScreen(int width)
{
    /// <summary>Fills the second cell of a wide character, and the last of a row that one did not fit into.</summary>
    private const string Filler = "\0";

    private readonly List<Row> _rows = [new()];
    private int _row;

    /// <summary>Cells of a row.</summary>
    public int Width { get; private set; } = width;

    /// <summary>The cell of its row that the cursor is in.</summary>
    public int Column { get; private set; }

    /// <summary>What the row of the cursor shows.</summary>
    public string CursorRow => _rows[_row].Text;

    /// <summary>Whether there is nothing below the cursor.</summary>
    public bool CursorIsLast => _row == _rows.Count - 1;

    /// <summary>The lines above the cursor, each put together again from the rows it was wrapped to.</summary>
    public IReadOnlyList<string> LinesAbove
    {
        get
        {
            List<string> lines = [];
            var line = new StringBuilder();
            foreach (var row in _rows.Take(_row))
            {
                line.Append(row.Text);
                if (!row.Wrapped)
                {
                    lines.Add(line.ToString());
                    line.Clear();
                }
            }

            Assert.Equal(0, line.Length);
            return lines;
        }
    }

    /// <summary>Another width, as a terminal that does not wrap anew.</summary>
    public void Resize(int cells)
    {
        Width = cells;
        Column = Math.Min(Column, cells - 1);
        _rows[_row].Truncate(cells);
    }

    public void Write(string bytes)
    {
        for (var i = 0; i < bytes.Length;)
        {
            switch (bytes[i])
            {
                case '\r':
                    Column = 0;
                    i++;
                    if (i == bytes.Length || bytes[i] != '\n')
                    {
                        _rows[_row].Restart();
                    }

                    break;
                case '\n':
                    _row++;
                    if (_row == _rows.Count)
                    {
                        _rows.Add(new());
                    }

                    i++;
                    break;
                case '\x1b':
                    i = Obey(bytes, i);
                    break;
                default:
                    var rune = Rune.GetRuneAt(bytes, i);
                    Assert.True(TerminalText.IsHarmless(rune), $"U+{rune.Value:X4} reached the terminal.");
                    Put(rune);
                    i += rune.Utf16SequenceLength;
                    break;
            }
        }
    }

    private int Obey(string bytes, int start)
    {
        Assert.Equal('[', bytes[start + 1]);
        var end = start + 2;
        while (char.IsAsciiDigit(bytes[end]))
        {
            end++;
        }

        var number = int.TryParse(bytes.AsSpan(start + 2, end - start - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
        switch (bytes[end])
        {
            case 'K' when number == 0:
                _rows[_row].Truncate(Column);
                break;
            case 'G':
                Assert.InRange(number, 1, Width);
                Column = number - 1;
                break;
            case 'H' when number == 0:
                // The rows above have scrolled away for good; the screen begins at the cursor's row.
                Column = 0;
                break;
            case 'J' when number == 2:
                Assert.Equal("", CursorRow);
                break;
            default:
                Assert.Fail($"The terminal does not know {bytes[start..(end + 1)].Replace("\x1b", "ESC", StringComparison.Ordinal)}.");
                break;
        }

        return end + 1;
    }

    private void Put(Rune rune)
    {
        var row = _rows[_row];
        var isTone = rune.Value is >= 0x1F3FB and <= 0x1F3FF && row.IsWideBefore(Column);
        var cells = isTone ? 0 : CellWidth.Of(rune);
        if (cells == 0)
        {
            row.Join(Column, rune.ToString());
            return;
        }

        if (Column + cells > Width)
        {
            while (Column < Width)
            {
                row.Set(Column++, Filler);
            }

            row.Wrapped = true;
            Write("\n");
            Column = 0;
            row = _rows[_row];
        }

        row.Set(Column++, rune.ToString());
        if (cells == 2)
        {
            row.Set(Column++, Filler);
        }
    }

    private sealed class Row
    {
        private readonly List<string> _cells = [];
        private string _before = "";

        public bool Wrapped { get; set; }

        public string Text => _before + string.Concat(_cells).Replace(Filler, "", StringComparison.Ordinal);

        public void Set(int column, string text)
        {
            while (_cells.Count <= column)
            {
                _cells.Add(" ");
            }

            _cells[column] = text;
        }

        /// <summary>What stands at the start is about to be written anew.</summary>
        public void Restart() => _before = "";

        public bool IsWideBefore(int column) => column > 1 && column <= _cells.Count && _cells[column - 1] == Filler;

        /// <summary>Puts a mark on the character before the column.</summary>
        public void Join(int column, string mark)
        {
            var i = column - 1;
            while (i >= 0 && _cells[i] == Filler)
            {
                i--;
            }

            if (i < 0)
            {
                _before += mark;
            }
            else
            {
                _cells[i] += mark;
            }
        }

        public void Truncate(int cells)
        {
            if (_cells.Count > cells)
            {
                _cells.RemoveRange(cells, _cells.Count - cells);
            }
        }
    }
}
