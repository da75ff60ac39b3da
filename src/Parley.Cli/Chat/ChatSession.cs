using System.Threading.Channels;

namespace Parley.Cli.Chat;

/// <summary>Does what a command asks and returns what to show for it; empty if the answer comes as an event.</summary>
internal delegate Task<IReadOnlyList<ChatEvent>> ChatRequest(string argument, CancellationToken cancellationToken);

/// <summary>
/// What the line client needs of a connection: the glue between it, which knows no sockets, and a client, which knows no
/// terminal. A request that is not set does not exist as a command.
/// </summary>
internal sealed class ChatSession
{
    /// <summary>
    /// Messages and states, in order. Bounded; while it is full the client stops reading. Completes when the session is
    /// over for good, with the exception that ended it, whose message is shown.
    /// </summary>
    public required ChannelReader<ChatEvent> Incoming { get; init; }

    /// <summary>
    /// Sends one message to the room. Takes its place in the order when called; the task ends when the room's log holds it.
    /// Called again before that. An exception says why it is not stored; its message is shown.
    /// </summary>
    public required Func<string, CancellationToken, Task> Send { get; init; }

    /// <summary>Closes the connection properly. <see cref="Incoming"/> then completes.</summary>
    public required Func<CancellationToken, Task> Close { get; init; }

    /// <summary>Sends one action, <c>/me</c>. As <see cref="Send"/>.</summary>
    public Func<string, CancellationToken, Task>? SendAction { get; init; }

    /// <summary>Goes to another room.</summary>
    public ChatRequest? Join { get; init; }

    /// <summary>Takes another name.</summary>
    public ChatRequest? Rename { get; init; }

    /// <summary>Lists who is in the room; the argument is empty.</summary>
    public ChatRequest? Who { get; init; }

    /// <summary>Shows the last messages again; the argument is how many.</summary>
    public ChatRequest? Last { get; init; }
}
