using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Parley.Server;

/// <summary>The least and the longest time that an option may be set to, in seconds.</summary>
/// <param name="minSeconds">The least.</param>
/// <param name="maxSeconds">The longest.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeRangeAttribute(double minSeconds, double maxSeconds) : ValidationAttribute
{
    /// <summary>The least.</summary>
    public double MinSeconds { get; } = minSeconds;

    /// <summary>The longest.</summary>
    public double MaxSeconds { get; } = maxSeconds;

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is TimeSpan time && time.TotalSeconds >= MinSeconds && time.TotalSeconds <= MaxSeconds;

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} must be a time from {MinSeconds} s to {MaxSeconds} s.");
}
