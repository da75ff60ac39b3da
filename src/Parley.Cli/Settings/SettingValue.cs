using System.Globalization;

namespace Parley.Cli.Settings;

/// <summary>Turns the text of a setting into the value that its property takes.</summary>
internal static class SettingValue
{
    /// <summary>The value, or <see langword="null"/> if the text is not one of this type.</summary>
    public static object? Parse(Type type, string text)
    {
        if (type == typeof(string))
        {
            return text;
        }

        if (type == typeof(bool))
        {
            return Switch(text);
        }

        if (type == typeof(TimeSpan))
        {
            return Duration.TryParse(text, out var duration) ? duration : null;
        }

        if (type.IsEnum)
        {
            // Enum.TryParse alone would also take numbers and comma-separated names.
            var name = Array.Find(Enum.GetNames(type), n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
            return name is null ? null : Enum.Parse(type, name);
        }

        return Number(type, text);
    }

    /// <summary>The items of a list: one entry each, or separated by <c>;</c> within an entry.</summary>
    public static List<string> List(IReadOnlyList<SettingEntry> entries) =>
    [
        .. entries.SelectMany(entry =>
            entry.Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
    ];

    /// <summary>What a setting of this type takes, in words.</summary>
    public static string Allowed(Type type)
    {
        if (type == typeof(bool))
        {
            return "on or off";
        }

        if (type == typeof(TimeSpan))
        {
            return Duration.Allowed;
        }

        if (type.IsEnum)
        {
            return string.Join(" or ", Enum.GetNames(type)).ToLowerInvariant();
        }

        return type == typeof(string) ? "a text that is not empty" : type == typeof(double) ? "a number" : "a whole number";
    }

    private static object? Switch(string text) => text.ToLowerInvariant() switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        _ => null,
    };

    private static object? Number(Type type, string text)
    {
        if (type == typeof(int))
        {
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
        }

        if (type == typeof(long))
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
        }

        if (type == typeof(double))
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value) ? value : null;
        }

        throw new NotSupportedException($"A setting cannot be of type {type}.");
    }
}
