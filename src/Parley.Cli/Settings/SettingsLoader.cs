using System.Collections;

namespace Parley.Cli.Settings;

/// <summary>
/// Puts the settings together: what the command line says wins over the environment, that over the file, that over the
/// defaults. A list is replaced as a whole, never merged. Anything unknown or malformed stops the program.
/// </summary>
internal sealed class SettingsLoader(IDictionary environment, string workingDirectory)
{
    /// <summary>Reads the file and the environment and adds the command line's entries.</summary>
    /// <param name="file">The file to read; <see langword="null"/> for <c>parley.json</c>, if there is one.</param>
    /// <param name="commandLine">What the command line said.</param>
    /// <exception cref="SettingsException">A key is unknown, a value is not allowed, or the file cannot be read.</exception>
    public LoadedSettings Load(string? file, IReadOnlyList<SettingEntry> commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        var settings = new ParleySettings();
        var origins = new Dictionary<string, SettingEntry>(StringComparer.OrdinalIgnoreCase);
        IReadOnlyList<SettingEntry>[] layers =
        [
            SettingsSources.ReadFile(file, workingDirectory),
            SettingsSources.ReadEnvironment(environment),
            commandLine,
        ];
        foreach (var layer in layers)
        {
            foreach (var group in layer.GroupBy(SettingsSchema.Default.Find))
            {
                SettingEntry[] entries = [.. group];
                group.Key.Set(settings, entries);
                origins[group.Key.Path] = entries[^1];
            }
        }

        return new(settings, origins);
    }
}
