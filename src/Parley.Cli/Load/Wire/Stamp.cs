using System.Buffers.Binary;

namespace Parley.Cli.Load.Wire;

/// <summary>What every message carries, in digits of fixed width: <c>t=</c> 19 <c>;n=</c> 4 <c>.</c> 8 <c>;</c></summary>
/// <param name="SentAt">When it was sent, in nanoseconds of this machine's monotonic clock.</param>
/// <param name="Voice">Who sent it, 0 to 9,999.</param>
/// <param name="Number">1, 2, 3 … of its voice.</param>
internal readonly record struct Stamp(long SentAt, int Voice, uint Number)
{
    /// <summary>Bytes of a stamp.</summary>
    public const int Length = 38;

    /// <summary>Most voices.</summary>
    public const int MaxVoices = 10_000;

    /// <summary>Largest <see cref="Number"/>.</summary>
    public const uint MaxNumber = 99_999_999;

    /// <summary>Where the time begins.</summary>
    public const int TimeAt = 2;

    /// <summary>Digits of the time.</summary>
    public const int TimeDigits = 19;

    /// <summary>Where the number begins.</summary>
    public const int NumberAt = 29;

    /// <summary>Digits of the number.</summary>
    public const int NumberDigits = 8;

    /// <summary>What a stamp begins with.</summary>
    public static ReadOnlySpan<byte> Mark => "t="u8;

    /// <summary>Reads the stamp that the bytes begin with. Never throws or allocates. Hot path.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Stamp stamp)
    {
        stamp = default;
        if (bytes.Length < Length || bytes[0] != 't' || bytes[1] != '=' || !bytes[21..].StartsWith(";n="u8) || bytes[28] != '.' || bytes[37] != ';')
        {
            return false;
        }

        // 19 digits are read as the first 8, the last 8, and what lies between.
        if (!TryEight(bytes[2..], out var high) || !TryEight(bytes[13..], out var low) || !TryEight(bytes[29..], out var number))
        {
            return false;
        }

        if (!TryFew(bytes.Slice(10, 3), out var middle) || !TryFew(bytes.Slice(24, 4), out var voice))
        {
            return false;
        }

        stamp = new Stamp((((long)high * 1000) + middle) * 100_000_000 + low, (int)voice, number);
        return true;
    }

    /// <summary>Writes the stamp with zeros for its time and number.</summary>
    public static void WriteBlank(Span<byte> output, int voice)
    {
        "t=0000000000000000000;n=0000.00000000;"u8.CopyTo(output);
        for (var i = 27; i > 23; i--, voice /= 10)
        {
            output[i] = (byte)('0' + (voice % 10));
        }
    }

    private static bool TryFew(ReadOnlySpan<byte> bytes, out uint value)
    {
        value = 0;
        uint worst = 0;
        foreach (var one in bytes)
        {
            var digit = (uint)one - '0';
            worst = Math.Max(worst, digit);
            value = (value * 10) + digit;
        }

        return worst <= 9;
    }

    // Eight digits at once: neighbours become pairs, pairs fours, fours the number.
    private static bool TryEight(ReadOnlySpan<byte> bytes, out uint value)
    {
        var digits = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var valid = (((digits + 0x4646464646464646) | (digits - 0x3030303030303030)) & 0x8080808080808080) == 0;
        digits -= 0x3030303030303030;
        digits = (digits * 10) + (digits >> 8);
        value = (uint)((((digits & 0x000000FF000000FF) * 0x000F424000000064)
            + (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32);
        return valid;
    }
}
