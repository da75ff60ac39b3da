using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Parley.Server;

namespace Parley.Cli.Settings;

/// <summary>One setting: its name, what it takes, and where its value goes.</summary>
internal sealed class SettingKey(string path, PropertyInfo property, Func<ParleySettings, object> owner)
{
    /// <summary>Its name, with <c>:</c> between the parts.</summary>
    public string Path { get; } = path;

    /// <summary>Whether it takes several values.</summary>
    public bool IsList { get; } = property.PropertyType == typeof(IReadOnlyList<string>);

    private Type ValueType { get; } = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    /// <summary>Whether the value must not be shown.</summary>
    private bool IsSecret { get; } = property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password;

    /// <summary>Understands the value and puts it in its place.</summary>
    /// <exception cref="SettingsException">The value is not one that the setting takes.</exception>
    public void Set(ParleySettings settings, IReadOnlyList<SettingEntry> entries)
    {
        var entry = entries[^1];
        object? value = IsList ? SettingValue.List(entries) : SettingValue.Parse(ValueType, entry.Value);
        if (value is null || !IsInRange(value))
        {
            throw Refuse(entry, Allowed());
        }

        property.SetValue(owner(settings), value);
    }

    /// <summary>The one line about a value that cannot be taken.</summary>
    public SettingsException Refuse(SettingEntry entry, string allowed) => new(
        IsSecret
            ? $"{Quote.Bare(entry.Origin)}: {Path} cannot have this value; allowed: {allowed}"
            : $"{Quote.Bare(entry.Origin)}: {Path} cannot be {Quote.Text(entry.Value)}; allowed: {allowed}");

    private bool IsInRange(object value) => property.GetCustomAttributes<ValidationAttribute>().All(rule => rule.IsValid(value));

    private string Allowed()
    {
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } values)
        {
            return string.Join(" or ", values.Values);
        }

        var kind = SettingValue.Allowed(ValueType);
        if (property.GetCustomAttribute<TimeRangeAttribute>() is { } times)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{kind}, {times.MinSeconds} s to {times.MaxSeconds} s");
        }

        return property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{kind}, {range.Minimum} to {range.Maximum}")
            : kind;
    }
}
