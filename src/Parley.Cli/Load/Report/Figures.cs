using System.Globalization;

namespace Parley.Cli.Load.Report;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>A count, in groups of three digits.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A rate: <c>950</c>, <c>12.3 k</c>, <c>4.56 M</c>.</summary>
    public static string Rate(double value) => value switch
    {
        >= 1e6 => Invariant($"{value / 1e6:0.00} M"),
        >= 1e4 => Invariant($"{value / 1e3:0.0} k"),
        _ => Invariant($"{value:0}"),
    };

    /// <summary>A duration given in microseconds.</summary>
    public static string Time(double microseconds) => microseconds switch
    {
        >= 1e6 => Invariant($"{microseconds / 1e6:0.00} s"),
        >= 1e4 => Invariant($"{microseconds / 1e3:0.0} ms"),
        >= 1e3 => Invariant($"{microseconds / 1e3:0.00} ms"),
        _ => Invariant($"{microseconds:0} µs"),
    };

    /// <summary>A size.</summary>
    public static string Bytes(long bytes) => Invariant($"{bytes / 1048576.0:0} MB");

    /// <summary>A share of one processor.</summary>
    public static string Percent(double share) => Invariant($"{share * 100:0} %");

    /// <summary>Any of these put into text.</summary>
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
