using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Parley.Server.WebSockets;

/// <summary>
/// Judges UTF-8 that arrives in pieces, and says no at the first byte that no continuation could make valid
/// (RFC 6455 §8.1, RFC 3629 §4): no surrogates, no overlong forms, nothing above U+10FFFF. Never allocates.
/// </summary>
/// <remarks>
/// The default value is ready for use. A piece is judged by the vectorised <see cref="Utf8.IsValid"/>; only a
/// sequence that a cut divides is walked byte by byte.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal struct Utf8Validator
{
    private byte _missing;
    private byte _low;
    private byte _high;

    /// <summary>True when all that was appended ends with a whole character.</summary>
    public readonly bool IsComplete => _missing == 0;

    /// <summary>Appends the next piece.</summary>
    /// <returns><see langword="false"/> if the text cannot be valid whatever follows. Do not append after that.</returns>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        while (_missing != 0)
        {
            if (bytes.IsEmpty)
            {
                return true;
            }

            if (!TryTake(bytes[0]))
            {
                return false;
            }

            bytes = bytes[1..];
        }

        if (Utf8.IsValid(bytes))
        {
            return true;
        }

        int tail = UnfinishedTail(bytes);
        if (tail == 0 || !Utf8.IsValid(bytes[..^tail]))
        {
            return false;
        }

        foreach (byte value in bytes[^tail..])
        {
            if (!TryTake(value))
            {
                return false;
            }
        }

        return true;
    }

    // Table 3-7 of the Unicode standard: the second byte has a range of its own after E0, ED, F0 and F4.
    private bool TryTake(byte value)
    {
        if (_missing != 0)
        {
            if (value < _low || value > _high)
            {
                return false;
            }

            (_missing, _low, _high) = ((byte)(_missing - 1), 0x80, 0xBF);
            return true;
        }

        (byte Missing, byte Low, byte High) next = value switch
        {
            < 0x80 => (0, 0, 0),
            >= 0xC2 and <= 0xDF => (1, 0x80, 0xBF),
            0xE0 => (2, 0xA0, 0xBF),
            0xED => (2, 0x80, 0x9F),
            >= 0xE1 and <= 0xEF => (2, 0x80, 0xBF),
            0xF0 => (3, 0x90, 0xBF),
            >= 0xF1 and <= 0xF3 => (3, 0x80, 0xBF),
            0xF4 => (3, 0x80, 0x8F),
            _ => (0, 1, 0),
        };
        (_missing, _low, _high) = next;
        return _low <= _high;
    }

    /// <summary>Bytes at the end that begin a character without finishing it, going by its first byte: 0 to 3.</summary>
    private static int UnfinishedTail(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= 3 && back <= bytes.Length; back++)
        {
            byte value = bytes[^back];
            if ((value & 0xC0) != 0x80)
            {
                int length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : value >= 0xC0 ? 2 : 1;
                return length > back ? back : 0;
            }
        }

        return 0;
    }
}
