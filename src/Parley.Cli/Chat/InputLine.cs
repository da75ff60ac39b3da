using System.Globalization;
using System.Text;

namespace Parley.Cli.Chat;

/// <summary>The text being typed and the place in it, moved and cut by whole grapheme clusters.</summary>
internal sealed class InputLine
{
    /// <summary>The longest text, in bytes of UTF-8: what a server takes as one message. More is not typed.</summary>
    public const int MaxBytes = 16_384;

    private int _bytes;

    /// <summary>What has been typed.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The place in <see cref="Text"/>, always between two clusters.</summary>
    public int Cursor { get; private set; }

    /// <summary>Puts text at the cursor. Control characters are left out; what would be too long is dropped as a whole.</summary>
    public void Insert(string text)
    {
        var kept = Keep(text);
        var bytes = Encoding.UTF8.GetByteCount(kept);
        if (kept.Length > 0 && _bytes + bytes <= MaxBytes)
        {
            _bytes += bytes;
            Text = Text.Insert(Cursor, kept);
            Cursor = Snap(Cursor + kept.Length);
        }
    }

    /// <summary>Puts another text in place of all, with the cursor at its end.</summary>
    public void Replace(string text)
    {
        Text = text;
        _bytes = Encoding.UTF8.GetByteCount(text);
        Cursor = text.Length;
    }

    public void Left() => Cursor = Before(Cursor);

    public void Right() => Cursor = After(Cursor);

    public void Home() => Cursor = 0;

    public void End() => Cursor = Text.Length;

    public void WordLeft() => Cursor = WordStart();

    public void WordRight()
    {
        var i = Cursor;
        while (i < Text.Length && char.IsWhiteSpace(Text[i]))
        {
            i++;
        }

        while (i < Text.Length && !char.IsWhiteSpace(Text[i]))
        {
            i++;
        }

        Cursor = Snap(i);
    }

    public void Backspace() => Erase(Before(Cursor), Cursor);

    public void Delete() => Erase(Cursor, After(Cursor));

    public void EraseWord() => Erase(WordStart(), Cursor);

    public void EraseToStart() => Erase(0, Cursor);

    public void EraseToEnd() => Erase(Cursor, Text.Length);

    private static string Keep(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1F') && !text.AsSpan().ContainsAnyInRange('\x7F', '\x9F')
            && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        // Enumerating runes also turns half of a pair, which could not be sent, into U+FFFD.
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune))
            {
                kept.Append(rune.ToString());
            }
        }

        return kept.ToString();
    }

    private void Erase(int from, int to)
    {
        Replace(Text.Remove(from, to - from), from);
    }

    private void Replace(string text, int cursor)
    {
        Replace(text);

        // The two sides may have joined into one cluster.
        Cursor = Snap(cursor);
    }

    /// <summary>The end of the cluster that the index lies in, or the index if it lies between two.</summary>
    private int Snap(int index)
    {
        if (index == Text.Length)
        {
            return index;
        }

        var end = 0;
        while (end < index)
        {
            end += StringInfo.GetNextTextElementLength(Text, end);
        }

        return end;
    }

    private int After(int index) =>
        index == Text.Length ? index : index + StringInfo.GetNextTextElementLength(Text, index);

    private int Before(int index)
    {
        var start = 0;
        for (var end = 0; end < index;)
        {
            start = end;
            end += StringInfo.GetNextTextElementLength(Text, end);
        }

        return start;
    }

    private int WordStart()
    {
        var i = Cursor;
        while (i > 0 && char.IsWhiteSpace(Text[i - 1]))
        {
            i--;
        }

        while (i > 0 && !char.IsWhiteSpace(Text[i - 1]))
        {
            i--;
        }

        return Snap(i);
    }
}
