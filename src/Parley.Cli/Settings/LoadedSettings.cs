namespace Parley.Cli.Settings;

/// <summary>The settings, with what remains known about where each came from.</summary>
internal sealed class LoadedSettings(ParleySettings settings, IReadOnlyDictionary<string, SettingEntry> origins)
{
    /// <summary>The values.</summary>
    public ParleySettings Settings { get; } = settings;

    /// <summary>The one line about a value that is understood but cannot be taken here.</summary>
    /// <param name="path">The key.</param>
    /// <param name="value">The value, or the part of it, that is at fault.</param>
    /// <param name="allowed">What to write instead.</param>
    public SettingsException Refuse(string path, string value, string allowed) =>
        SettingsSchema.Default[path].Refuse(new(path, value, Origin(path)), allowed);

    private string Origin(string path) => origins.TryGetValue(path, out var entry) ? entry.Origin : "default";
}
