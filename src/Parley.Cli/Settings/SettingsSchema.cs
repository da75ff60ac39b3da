using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace Parley.Cli.Settings;

/// <summary>
/// The keys that exist, taken from the properties of the classes that hold them. A walk of our own instead of the
/// configuration binder: the binder cannot say where a value came from, reads no <c>30s</c>, and merges lists by index.
/// </summary>
internal sealed class SettingsSchema
{
    /// <summary>Every section of <see cref="ParleySettings"/>, one line each.</summary>
    public static SettingsSchema Default { get; } = new(
        Section("", settings => settings),
        Section("Chat", settings => settings.Chat),
        Section("Load", settings => settings.Load),
        Section("Connections", settings => settings.Connections),
        Section("Sends", settings => settings.Sends),
        Section("Rooms", settings => settings.Rooms),
        Section("Delivery", settings => settings.Delivery),
        Section("Storage", settings => settings.Storage));

    private readonly Dictionary<string, SettingKey> _keys;
    private readonly HashSet<string> _sections;

    private SettingsSchema(params KeySection[] sections)
    {
        _keys = sections.SelectMany(section => section.Keys)
            .ToDictionary(key => key.Path, StringComparer.OrdinalIgnoreCase);
        _sections = sections.Select(section => section.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The names of all keys.</summary>
    public IReadOnlyCollection<string> Paths => _keys.Keys;

    /// <summary>The key of that exact name.</summary>
    public SettingKey this[string path] => _keys[path];

    /// <summary>The key that an entry is about; an item of a list is about the list.</summary>
    /// <exception cref="SettingsException">There is no such key.</exception>
    public SettingKey Find(SettingEntry entry)
    {
        if (_keys.TryGetValue(entry.Path, out var key))
        {
            return key;
        }

        var colon = entry.Path.LastIndexOf(':');
        if (colon > 0
            && _keys.TryGetValue(entry.Path[..colon], out var list) && list.IsList
            && int.TryParse(entry.Path.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return list;
        }

        throw new SettingsException($"{Quote.Bare(entry.Origin)}: {Unknown(entry.Path, colon)}");
    }

    private string Unknown(string path, int colon)
    {
        if (_sections.Contains(path))
        {
            return $"{Quote.Text(path)} is a section, not a setting; its settings: {KeysOf(path)}";
        }

        var nearest = _keys.Keys.MinBy(known => Distance(known, path));
        if (nearest is not null && Distance(nearest, path) <= 2)
        {
            return $"unknown setting {Quote.Text(path)}; did you mean {nearest}?";
        }

        var section = colon > 0 && _sections.Contains(path[..colon]) ? path[..colon] : "";
        return $"unknown setting {Quote.Text(path)}; allowed: {KeysOf(section)}";
    }

    private string KeysOf(string section)
    {
        var prefix = section.Length == 0 ? "" : $"{section}:";
        var inner = _sections.Where(name => section.Length == 0 && name.Length > 0).Select(name => $"{name}:…");
        return string.Join(", ", _keys.Keys
            .Where(path => path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && path.LastIndexOf(':') == prefix.Length - 1)
            .Concat(inner));
    }

    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1)));
            }
        }

        return row[^1];
    }

    private static KeySection Section<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        string name, Func<ParleySettings, T> owner)
        where T : class
    {
        var keys = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => new SettingKey(name.Length == 0 ? property.Name : $"{name}:{property.Name}", property, owner));
        return new(name, [.. keys]);
    }

    private sealed record KeySection(string Name, IReadOnlyList<SettingKey> Keys);
}
