namespace Parley.Cli.Settings;

/// <summary>One value that someone wrote down.</summary>
/// <param name="Path">The key, with <c>:</c> between its parts; an item of a list ends in its number.</param>
/// <param name="Value">The text, not yet understood.</param>
/// <param name="Origin">Where it was written: a file, an environment variable, an option.</param>
internal readonly record struct SettingEntry(string Path, string Value, string Origin);
