using System.Numerics;

namespace Parley.Cli.Load;

/// <summary>
/// Counts of durations, as in HdrHistogram: 64 steps to each power of two, so a value read back is within 1 in 128 of
/// what was recorded, from nanoseconds to hours, in 30 KB.
/// </summary>
internal sealed class Histogram
{
    private const int Bits = 6;
    private const int Steps = 1 << Bits;

    private readonly long[] _counts = new long[(64 - Bits) * Steps];

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The largest one, exactly.</summary>
    public long Max { get; private set; }

    /// <summary>Counts a value; a negative one as 0. Hot path.</summary>
    public void Record(long value)
    {
        value = Math.Max(value, 0);
        _counts[IndexOf(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    /// <summary>The smallest value that at least this share of the recorded ones do not exceed; 0 when there are none.</summary>
    /// <param name="share">0 to 1.</param>
    public long Percentile(double share)
    {
        var wanted = Math.Clamp((long)Math.Ceiling(share * Count), 1, Math.Max(Count, 1));
        long seen = 0;
        for (var i = 0; i < _counts.Length && Count > 0; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return Math.Min(MiddleOf(i), Max);
            }
        }

        return Max;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        (Count, Max) = (0, 0);
    }

    private static int IndexOf(long value)
    {
        if (value < Steps)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - Bits;
        return ((shift + 1) << Bits) + (int)((value >> shift) & (Steps - 1));
    }

    private static long MiddleOf(int index)
    {
        if (index < Steps)
        {
            return index;
        }

        var shift = (index >> Bits) - 1;
        var low = (long)(Steps | (index & (Steps - 1))) << shift;
        return low + ((1L << shift) >> 1);
    }
}
