using System.Runtime.InteropServices;
using System.Threading.Channels;
using Parley.Cli.Settings;

namespace Parley.Cli.Chat;

/// <summary>The line client in a terminal: keys come from the console on a thread of their own.</summary>
internal sealed class TerminalChat(TimeProvider time)
{
    private const string Prompt = "> ";

    private readonly ConsoleKeys _keys = new();

    /// <summary>Runs until the user leaves or the session is over.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ChatSession session, ChatSettings settings, CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        var screen = new TerminalScreen(new(Prompt, Width()), output, time.LocalTimeZone);
        var chat = new PlainChat(session, settings, screen.Show, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Console.TreatControlCAsInput = true;
        try
        {
            using var resized = OperatingSystem.IsWindows()
                ? null
                : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => screen.Draw(Width()));

            // Reading a key blocks and cannot be cancelled: the thread is left to end with the process.
            new Thread(() => ReadKeys(screen, chat, over)) { IsBackground = true, Name = "keys" }.Start();
            screen.Draw(Width());
            return await chat.RunAsync(over.Token);
        }
        finally
        {
            screen.Close();
            Console.TreatControlCAsInput = false;
        }
    }

    private void ReadKeys(TerminalScreen screen, PlainChat chat, CancellationTokenSource over)
    {
        try
        {
            while (Take(Console.ReadKey(intercept: true), screen, chat, over))
            {
                // Of a paste, only the end is drawn.
                if (!Console.KeyAvailable)
                {
                    screen.Draw(Width());
                }
            }
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException or ObjectDisposedException)
        {
            // The chat is over.
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The terminal is gone.
            chat.EndInput();
        }
    }

    /// <returns>Whether there are more keys to read.</returns>
    private bool Take(ConsoleKeyInfo pressed, TerminalScreen screen, PlainChat chat, CancellationTokenSource over)
    {
        chat.Touch();
        if (_keys.Translate(pressed) is not { } key)
        {
            return true;
        }

        switch (screen.Press(key, out var line))
        {
            case EditorOutcome.Line:
                screen.Draw(Width());
                chat.Type(line, over.Token).AsTask().GetAwaiter().GetResult();
                return true;
            case EditorOutcome.EndOfInput:
                chat.EndInput();
                return WaitForInterrupt(over);
            case EditorOutcome.Interrupt:
                over.Cancel();
                return false;
            default:
                return true;
        }
    }

    /// <summary>While the last messages are being stored, Ctrl+C still leaves at once.</summary>
    private bool WaitForInterrupt(CancellationTokenSource over)
    {
        while (_keys.Translate(Console.ReadKey(intercept: true)) is not { Kind: EditorKeyKind.Interrupt })
        {
            // Nothing else is of use now.
        }

        over.Cancel();
        return false;
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
