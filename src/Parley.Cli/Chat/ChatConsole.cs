using System.Text;
using Parley.Cli.Settings;

namespace Parley.Cli.Chat;

/// <summary>Runs a session on this process's own input and output.</summary>
internal static class ChatConsole
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Edits lines if both ends are a terminal that can; otherwise treats both as pipes.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        ChatSession session, ChatSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb")
        {
            return await new TerminalChat(time).RunAsync(session, settings, cancellationToken);
        }

        // Not Console.In: its asynchronous reads block.
        using var input = new StreamReader(Console.OpenStandardInput(), Utf8);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), Utf8);
        return await new PipeChat(input, output, Console.Error).RunAsync(session, settings, time, cancellationToken);
    }
}
