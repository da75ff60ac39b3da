namespace Parley.Cli.Load;

/// <summary>Nanoseconds since some moment, the same one for everybody on this machine.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    /// <summary>Nanoseconds in a second.</summary>
    public const long Second = 1_000_000_000;

    private readonly bool _isNanoseconds = time.TimestampFrequency == Second;

    /// <summary>The time.</summary>
    public long Now
    {
        get
        {
            var ticks = time.GetTimestamp();
            return _isNanoseconds ? ticks : (long)((Int128)ticks * Second / time.TimestampFrequency);
        }
    }

    /// <summary>A duration in the clock's unit.</summary>
    public static long Span(TimeSpan duration) => duration.Ticks * (Second / TimeSpan.TicksPerSecond);
}
