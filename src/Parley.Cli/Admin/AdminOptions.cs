using System.CommandLine;
using Parley.Cli.Commands;
using Parley.Cli.Settings;

namespace Parley.Cli.Admin;

/// <summary>
/// What the commands that work on a data folder have in common. Where the data is, is a setting; what to do with it this
/// once is not, so that no settings file can make a command overwrite something.
/// </summary>
internal sealed class AdminOptions
{
    private readonly Command _command;
    private readonly SettingOptions _settings;
    private readonly Option<bool> _json = new("--json") { Description = "The result as one JSON object." };
    private readonly Option<bool> _force = new("--force");

    public AdminOptions(Command command)
    {
        _command = command;
        _settings = new SettingOptions(command);
        _settings.Value("--data", nameof(ParleySettings.Data), "FOLDER", "The data folder. Default: ./data.");
    }

    /// <summary>Adds <c>--json</c>.</summary>
    public void Json() => _command.Options.Add(_json);

    /// <summary>Adds <c>--force</c>.</summary>
    public void Force(string description)
    {
        _force.Description = description;
        _command.Options.Add(_force);
    }

    /// <summary>Ends the list with <c>--config</c>.</summary>
    public void Config() => _settings.Config();

    /// <summary>The data folder.</summary>
    /// <exception cref="SettingsException">A setting is wrong.</exception>
    public string Data(ParseResult parsed)
    {
        var loaded = _settings.Load(parsed);
        return string.IsNullOrWhiteSpace(loaded.Settings.Data)
            ? throw loaded.Refuse(nameof(ParleySettings.Data), loaded.Settings.Data, "a folder")
            : loaded.Settings.Data;
    }

    /// <summary>Whether <c>--json</c> was given.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Whether <c>--force</c> was given.</summary>
    public bool IsForced(ParseResult parsed) => parsed.GetValue(_force);
}
