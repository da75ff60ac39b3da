using System.Buffers;
using System.Text;

namespace Parley.Server.Sessions;

/// <summary>Takes out of a user's text what could act on a terminal.</summary>
internal static class PlainText
{
    // Printable ASCII, and every byte of a multi-byte sequence but those that lead to C1 or to invisible controls:
    // text of these bytes alone needs no closer look.
    private static readonly SearchValues<byte> Harmless = SearchValues.Create(HarmlessBytes());

    /// <summary>Writes UTF-8 text without C0 (but line feed and tab), DEL, C1, and bidirectional or invisible controls.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAnyExcept(Harmless))
        {
            output.Write(text);
            return;
        }

        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var length);
            if (IsShown(rune.Value))
            {
                output.Write(text[..length]);
            }

            text = text[length..];
        }
    }

    private static bool IsShown(int rune) => rune switch
    {
        '\n' or '\t' => true,
        < 0x20 or (>= 0x7F and <= 0x9F) => false,
        0xAD or 0x061C or 0x180E => false, // soft hyphen, Arabic letter mark, Mongolian vowel separator
        >= 0x200B and <= 0x200F => false, // zero width, LRM, RLM
        >= 0x2028 and <= 0x202E => false, // line and paragraph separators, embeddings, overrides
        >= 0x2060 and <= 0x206F => false, // invisible operators, isolates
        0xFEFF or (>= 0xFFF9 and <= 0xFFFB) => false,
        (>= 0x1BCA0 and <= 0x1BCA3) or (>= 0x1D173 and <= 0x1D17A) => false, // invisible controls of shorthand and of music
        >= 0xE0000 and <= 0xE007F => false, // tags
        _ => true,
    };

    private static byte[] HarmlessBytes()
    {
        var bytes = new List<byte> { (byte)'\n', (byte)'\t' };
        for (var b = 0x20; b < 0xF4; b++)
        {
            // C2 leads to C1, D8 to U+0600–063F, E1 to U+1000–1FFF, E2 to U+2000–2FFF, EF to U+F000–FFFF, F0 to
            // U+10000–3FFFF, F3 to the tags.
            if (b is not (0x7F or 0xC2 or 0xD8 or 0xE1 or 0xE2 or 0xEF or 0xF0 or 0xF3))
            {
                bytes.Add((byte)b);
            }
        }

        return [.. bytes];
    }
}
