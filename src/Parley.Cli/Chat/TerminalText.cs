using System.Buffers;
using System.Globalization;
using System.Text;

namespace Parley.Cli.Chat;

/// <summary>
/// Makes text of other people safe for a terminal: what could move the cursor, change its state, reorder or hide text is
/// shown as <c>\u{202E}</c> instead of being obeyed.
/// </summary>
internal static class TerminalText
{
    /// <summary>More marks than this on one character are shown escaped; no language needs as many.</summary>
    public const int MaxCombiningMarks = 8;

    // Text made of these only needs no closer look. A mark run or a surrogate starts outside of it.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x7F - 0x20).Concat(Enumerable.Range(0xA0, 0x300 - 0xA0)).Select(c => (char)c).Where(c => c != '\u00AD')]);

    /// <summary>The text with everything dangerous escaped; line feeds and tabs stay.</summary>
    public static string Escape(string text) => Escape(text, keepLines: true);

    /// <summary>The same, for text that must stay on one line: line feeds and tabs are escaped too.</summary>
    public static string EscapeLine(string text) => Escape(text, keepLines: false);

    private static string Escape(string text, bool keepLines)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text;
        }

        var output = new StringBuilder(text.Length + 16);
        var marks = 0;
        for (var i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length) != OperationStatus.Done)
            {
                // Half of a surrogate pair: show which.
                AppendEscaped(output, text[i]);
                i += length;
                continue;
            }

            marks = IsCombining(rune) ? marks + 1 : 0;
            if ((keepLines && rune.Value is '\n' or '\t') || (IsHarmless(rune) && marks <= MaxCombiningMarks))
            {
                output.Append(text, i, length);
            }
            else
            {
                AppendEscaped(output, rune.Value);
            }

            i += length;
        }

        return output.ToString();
    }

    /// <summary>Whether the character may reach a terminal as it is.</summary>
    public static bool IsHarmless(Rune rune) => rune.Value switch
    {
        < 0x20 or (>= 0x7F and < 0xA0) => false, // C0, DEL, C1
        0xAD => false, // soft hyphen: shown or not as the terminal likes
        0x061C or 0x180E => false, // Arabic letter mark, Mongolian vowel separator
        >= 0x200B and <= 0x200F => false, // zero-width characters, direction marks
        >= 0x2028 and <= 0x202E => false, // line and paragraph separators, bidi embeddings and overrides
        >= 0x2060 and <= 0x206F => false, // invisible operators, bidi isolates, deprecated format characters
        0x115F or 0x1160 or 0x3164 or 0xFFA0 => false, // Hangul fillers: letters that show nothing
        0xFEFF or (>= 0xFFF0 and <= 0xFFFB) => false, // byte order mark, interlinear annotations
        (>= 0x1BCA0 and <= 0x1BCA3) or (>= 0x1D173 and <= 0x1D17A) => false, // invisible controls of shorthand and of music
        >= 0xE0000 and <= 0xE00FF => false, // tags
        >= 0xE01F0 and <= 0xE0FFF => false, // default-ignorable, unassigned
        _ => true, // variation selectors among them
    };

    /// <summary>Whether the character sits on the one before it.</summary>
    public static bool IsCombining(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark;

    private static void AppendEscaped(StringBuilder output, int value) =>
        output.Append(CultureInfo.InvariantCulture, $"\\u{{{value:X4}}}");
}
