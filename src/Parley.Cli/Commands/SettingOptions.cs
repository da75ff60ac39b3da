using System.CommandLine;
using Parley.Cli.Settings;

namespace Parley.Cli.Commands;

/// <summary>The options of a command that are settings too. All are read as text: one parser judges all sources.</summary>
internal sealed class SettingOptions(Command command)
{
    private readonly List<Func<ParseResult, IEnumerable<SettingEntry>>> _readers = [];

    private readonly Option<string?> _config = new("--config")
    {
        Description = $"The settings file. Default: {SettingsSources.DefaultFile} in the current folder, if it is there.",
        HelpName = "FILE",
    };

    /// <summary>An option with one value.</summary>
    public void Value(string name, string path, string placeholder, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = placeholder };
        command.Options.Add(option);
        _readers.Add(parsed => parsed.GetValue(option) is { } value ? [new(path, value, name)] : []);
    }

    /// <summary>An option that may be given several times.</summary>
    public void List(string name, string path, string placeholder, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = placeholder };
        command.Options.Add(option);
        _readers.Add(parsed => (parsed.GetValue(option) ?? []).Select(value => new SettingEntry(path, value, name)));
    }

    /// <summary>An option without a value, which turns something on.</summary>
    public void Flag(string name, string path, string description, bool hidden = false)
    {
        var option = new Option<bool>(name) { Description = description, Hidden = hidden };
        command.Options.Add(option);
        _readers.Add(parsed => parsed.GetResult(option) is { Implicit: false }
            ? [new(path, parsed.GetValue(option) ? "on" : "off", name)]
            : []);
    }

    /// <summary>A value without a name before it.</summary>
    public void Argument(string name, string path, string description)
    {
        var argument = new Argument<string?>(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(argument);
        _readers.Add(parsed => parsed.GetValue(argument) is { } value ? [new(path, value, name)] : []);
    }

    /// <summary>Ends the list with <c>--config</c>.</summary>
    public void Config() => command.Options.Add(_config);

    /// <summary>The settings that hold for this call of the program.</summary>
    /// <exception cref="SettingsException">A value is not allowed.</exception>
    public LoadedSettings Load(ParseResult parsed) =>
        new SettingsLoader(Environment.GetEnvironmentVariables(), Environment.CurrentDirectory)
            .Load(parsed.GetValue(_config), [.. _readers.SelectMany(read => read(parsed))]);
}
