using System.Globalization;

namespace Parley.Cli.Settings;

/// <summary>Durations as people write them: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>2d</c>, or <c>0:00:30</c>.</summary>
internal static class Duration
{
    /// <summary>What to write, in words.</summary>
    public const string Allowed = "a duration such as 500ms, 30s, 5m or 1h";

    // "ms" stands before "m" and "s", which it ends in or begins with.
    private static readonly (string Suffix, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Reads a duration. A bare number is refused, since nobody can see its unit; only <c>0</c> needs none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        text = text.Trim();
        duration = TimeSpan.Zero;
        if (text is "0")
        {
            return true;
        }

        foreach (var (suffix, ticks) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return TryScale(text[..^suffix.Length].TrimEnd(), ticks, out duration);
            }
        }

        return text.Contains(':')
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration)
            && duration >= TimeSpan.Zero;
    }

    private static bool TryScale(ReadOnlySpan<char> number, long ticks, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > TimeSpan.MaxValue.Ticks / ticks)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(count * ticks));
        return true;
    }
}
