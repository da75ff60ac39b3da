using System.Globalization;
using Parley.Protocol;

namespace Parley.Cli.Chat;

/// <summary>The commands that a line may hold, as far as the session can do them.</summary>
internal sealed class SlashCommands
{
    private const int MostMessages = 200;

    private readonly List<SlashCommand> _commands = [];

    public SlashCommands(ChatSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        Add("/join", "ROOM", "go to another room", argument => Names.IsRoom(argument), session.Join);
        Add("/nick", "NAME", "take another name", argument => Names.IsUser(argument), session.Rename);
        Add("/who", "", "list who is here", argument => argument.Length == 0, session.Who);
        Add("/last", "N", $"show the last N messages again, up to {MostMessages}", IsCount, session.Last);
        Add("/help", "", "show this", _ => true, (_, _) => Task.FromResult(Help(session.SendAction is not null)));
    }

    /// <summary>The command of that name, with its slash.</summary>
    public SlashCommand? Find(string name) => _commands.Find(command => command.Name == name);

    private void Add(string name, string argument, string does, Predicate<string> isArgument, ChatRequest? request)
    {
        if (request is not null)
        {
            _commands.Add(new(name, argument, does, isArgument, request));
        }
    }

    private static bool IsCount(string argument) =>
        int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostMessages;

    private IReadOnlyList<ChatEvent> Help(bool hasActions)
    {
        IEnumerable<(string Usage, string Does)> lines = _commands.Select(command => (command.Usage, command.Does));
        if (hasActions)
        {
            lines = lines.Append(("/me ACTION", "say what you do"));
        }

        return
        [
            .. lines.Append(("//TEXT", "send a line that begins with /")).Append(("q or /quit", "leave"))
                .Select(line => new ChatStatus($"{line.Item1,-12} {line.Item2}")),
        ];
    }
}

/// <summary>A command that a line may hold.</summary>
/// <param name="Name">Its name, with the slash.</param>
/// <param name="Argument">What to write after it, in words; empty for nothing.</param>
/// <param name="Does">What it does, in words.</param>
/// <param name="IsArgument">Judges what was written after it.</param>
/// <param name="Run">Does it.</param>
internal sealed record SlashCommand(string Name, string Argument, string Does, Predicate<string> IsArgument, ChatRequest Run)
{
    public string Usage => Argument.Length == 0 ? Name : $"{Name} {Argument}";
}
