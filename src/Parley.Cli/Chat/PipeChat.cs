using System.Threading.Channels;
using Parley.Cli.Settings;

namespace Parley.Cli.Chat;

/// <summary>
/// The line client over pipes: lines of the input are sent, messages of others go to the output, everything else to the
/// error stream.
/// </summary>
internal sealed class PipeChat(TextReader input, TextWriter output, TextWriter error)
{
    /// <summary>A line longer than this, in characters, is skipped: one without an end must not fill the memory.</summary>
    public const int MaxLineLength = 262_144;

    private readonly Lock _writing = new();

    /// <summary>Runs until the input ends and everything is stored, the input says to leave, or the session is over.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ChatSession session, ChatSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var chat = new PlainChat(session, settings, Show, time);
        var reading = ReadAsync(chat, over.Token);
        var code = await chat.RunAsync(cancellationToken);
        await over.CancelAsync();

        // A read of standard input cannot be cancelled, only left alone.
        await reading.WaitAsync(over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return code;
    }

    private async Task ReadAsync(PlainChat chat, CancellationToken cancellationToken)
    {
        try
        {
            var lines = new BoundedLineReader(input, MaxLineLength);
            while (await lines.ReadAsync(cancellationToken) is { } line)
            {
                await (line.IsTooLong ? chat.TypeTooLong(cancellationToken) : chat.Type(line.Text, cancellationToken));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // The chat is over.
        }
        catch (IOException e)
        {
            Show(new ChatProblem($"the input cannot be read: {e.Message}"));
        }
        finally
        {
            chat.EndInput();
        }
    }

    private void Show(ChatEvent happened)
    {
        lock (_writing)
        {
            switch (happened)
            {
                case ChatMessage { IsOwn: true }:
                    break;
                case ChatMessage message:
                    output.Write($"{ChatText.ForPipe(message)}\n");
                    output.Flush();
                    break;
                case ChatProblem problem:
                    error.Write($"parley: {TerminalText.EscapeLine(problem.Text)}\n");
                    error.Flush();
                    break;
                case ChatStatus status:
                    error.Write($"* {TerminalText.EscapeLine(status.Text)}\n");
                    error.Flush();
                    break;
            }
        }
    }
}
