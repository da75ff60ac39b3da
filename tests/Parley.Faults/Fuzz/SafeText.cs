using System.Globalization;
using System.Text;

namespace Parley.Faults.Fuzz;

/// <summary>
/// What may reach a terminal, written a second time and from the other side, by what Unicode says of a character: so a mistake
/// in a list of the product's is not repeated here.
/// </summary>
internal static class SafeText
{
    private const int MaxMarks = 8;

    /// <summary>Says what a terminal would obey, hide or be garbled by; null if there is nothing.</summary>
    /// <param name="text">What was let through.</param>
    /// <param name="lines">Whether line feeds and tabs may be in it.</param>
    /// <param name="boundMarks">Whether more than eight marks on one character are wrong.</param>
    public static string? Complaint(string text, bool lines = true, bool boundMarks = true)
    {
        var marks = 0;
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                return $"half of a pair at {i}";
            }

            i += rune.Utf16SequenceLength;
            var category = Rune.GetUnicodeCategory(rune);
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark ? marks + 1 : 0;
            if (boundMarks && marks > MaxMarks)
            {
                return $"{marks} marks on one character";
            }

            var bad = category switch
            {
                UnicodeCategory.Control => !lines || rune.Value is not ('\n' or '\t'),
                UnicodeCategory.Format => !IsVisibleFormat(rune.Value),
                UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
                _ => rune.Value is >= 0xE0000 and <= 0xE007F,
            };
            if (bad)
            {
                return $"U+{rune.Value:X4}";
            }
        }

        return null;
    }

    // Signs that stand before numbers and letters of Arabic, Syriac and Kaithi, and the joiners inside Egyptian words.
    private static bool IsVisibleFormat(int rune) =>
        rune is (>= 0x600 and <= 0x605) or 0x6DD or 0x70F or 0x890 or 0x891 or 0x8E2 or 0x110BD or 0x110CD or (>= 0x13430 and <= 0x1343F);
}
