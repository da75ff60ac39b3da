using System.Globalization;

namespace Parley.Cli.Chat;

/// <summary>The words for what there is to show. All text of others comes out escaped.</summary>
internal static class ChatText
{
    // Further lines of a message are set in, so that none can pass for a message of somebody else.
    private const string TerminalIndent = "\n      ";
    private const string PipeIndent = "\n    ";

    /// <summary>As a terminal shows it: messages with the time of day.</summary>
    public static string ForTerminal(ChatEvent happened, TimeZoneInfo zone) => happened switch
    {
        ChatMessage message => string.Create(CultureInfo.InvariantCulture,
            $"{TimeZoneInfo.ConvertTime(message.At, zone):HH:mm} {Said(message, TerminalIndent)}"),
        ChatStatus status => $"* {TerminalText.EscapeLine(status.Text)}",
        ChatProblem problem => $"! {TerminalText.EscapeLine(problem.Text)}",
        _ => "",
    };

    /// <summary>As a pipe gets it: messages for standard output, without the time.</summary>
    public static string ForPipe(ChatMessage message) => Said(message, PipeIndent);

    private static string Said(ChatMessage message, string indent)
    {
        var by = TerminalText.EscapeLine(message.By);
        var text = TerminalText.Escape(message.Text).Replace("\n", indent, StringComparison.Ordinal);
        return message.IsAction ? $"* {by} {text}" : $"{by}: {text}";
    }
}
