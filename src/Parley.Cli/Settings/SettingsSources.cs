using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Parley.Cli.Settings;

/// <summary>Reads the places where settings are written down.</summary>
internal static class SettingsSources
{
    /// <summary>The file read when none is named, if it is there.</summary>
    public const string DefaultFile = "parley.json";

    private const string Prefix = "PARLEY__";

    private static readonly JsonDocumentOptions Json = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    /// <summary>The entries of a JSON file. Without a <paramref name="file"/>, of the default one, which may be absent.</summary>
    /// <exception cref="SettingsException">The file cannot be read or is not a JSON object.</exception>
    public static List<SettingEntry> ReadFile(string? file, string workingDirectory)
    {
        var name = file ?? DefaultFile;
        var path = Path.Combine(workingDirectory, name);
        if (file is null && !File.Exists(path))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new SettingsException($"{Quote.Text(name)} must hold one JSON object");
            }

            List<SettingEntry> entries = [];
            Flatten(document.RootElement, "", name, entries);
            return entries;
        }
        catch (JsonException e)
        {
            throw new SettingsException($"{Quote.Text(name)} is not valid JSON{Place(e)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{Quote.Text(name)} cannot be read: {Quote.Bare(e.Message)}", e);
        }
    }

    /// <summary>The entries of <c>PARLEY__…</c> variables. An empty variable counts as not set.</summary>
    public static List<SettingEntry> ReadEnvironment(IDictionary environment)
    {
        List<SettingEntry> entries = [];
        foreach (DictionaryEntry variable in environment)
        {
            if (variable is { Key: string name, Value: string { Length: > 0 } value }
                && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                entries.Add(new(name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), value, name));
            }
        }

        // The environment has no order of its own; the same fault must always give the same line.
        entries.Sort((a, b) => string.CompareOrdinal(a.Origin, b.Origin));
        return entries;
    }

    private static void Flatten(JsonElement element, string path, string origin, List<SettingEntry> entries)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Flatten(property.Value, Join(path, property.Name), origin, entries);
                }

                break;
            case JsonValueKind.Array:
                if (element.GetArrayLength() == 0)
                {
                    entries.Add(new(path, "", origin));
                }

                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Flatten(item, Join(path, index++.ToString(CultureInfo.InvariantCulture)), origin, entries);
                }

                break;
            case JsonValueKind.Null:
                break;
            default:
                entries.Add(new(path, element.ToString(), origin));
                break;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    private static string Place(JsonException e) => e switch
    {
        { LineNumber: { } line } => string.Create(CultureInfo.InvariantCulture, $": look at line {line + 1}"),
        _ => $": {Quote.Bare(e.Message)}",
    };
}
