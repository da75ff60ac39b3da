using System.Globalization;

namespace Parley.Cli.Chat;

/// <summary>Something to show the user. Its text is as it came; whoever writes it to a terminal or pipe escapes it.</summary>
internal abstract record ChatEvent;

/// <summary>What someone said.</summary>
/// <param name="At">When, by the server's clock.</param>
/// <param name="By">Who.</param>
/// <param name="Text">What; may hold line feeds.</param>
/// <param name="IsOwn">Said by this user, from here or from another device.</param>
/// <param name="IsAction">Describes what they do, as <c>/me</c> does.</param>
internal sealed record ChatMessage(DateTimeOffset At, string By, string Text, bool IsOwn = false, bool IsAction = false) : ChatEvent;

/// <summary>Something went wrong that the user should know of.</summary>
internal sealed record ChatProblem(string Text) : ChatEvent;

/// <summary>How things stand.</summary>
internal sealed record ChatStatus(string Text) : ChatEvent
{
    public static ChatStatus Connecting(Uri address) => new($"connecting to {address}");

    public static ChatStatus Live(string name, string room) => new($"live as {name} in {room}");

    public static ChatStatus Lost(TimeSpan retryIn) =>
        new(string.Create(CultureInfo.InvariantCulture, $"connection lost, retrying in {Math.Ceiling(retryIn.TotalSeconds)} s"));

    /// <summary>Connected again.</summary>
    /// <param name="sent">The messages that waited for it and go out now.</param>
    public static ChatStatus Back(int sent) => new(sent switch
    {
        0 => "back",
        1 => "back; sending 1 message",
        _ => string.Create(CultureInfo.InvariantCulture, $"back; sending {sent} messages"),
    });
}
