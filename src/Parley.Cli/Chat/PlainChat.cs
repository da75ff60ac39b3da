using System.Globalization;
using System.Threading.Channels;
using Parley.Cli.Commands;
using Parley.Cli.Settings;

namespace Parley.Cli.Chat;

/// <summary>
/// The line client: takes typed lines, sends them or does what they ask, and shows what comes in, both at the same time.
/// Knows neither terminal nor socket: lines come by <see cref="Type"/>, the rest by <see cref="ChatSession"/>.
/// </summary>
/// <param name="session">The connection.</param>
/// <param name="settings">Time-outs, and what to say for an idle user.</param>
/// <param name="show">Shows one thing. Called from several threads.</param>
/// <param name="time">The clock.</param>
internal sealed class PlainChat(ChatSession session, ChatSettings settings, Action<ChatEvent> show, TimeProvider time)
{
    // Lines not yet handled. When full, whoever types waits; an idle line is left out.
    private readonly Channel<TypedLine> _lines = Channel.CreateBounded<TypedLine>(64);
    private readonly PendingSends _sends = new(show, time);
    private readonly SlashCommands _commands = new(session);
    private ITimer? _idle;
    private Task _idleSend = Task.CompletedTask;

    /// <summary>Takes one line of the user. Waits while too many are not yet handled.</summary>
    /// <exception cref="ChannelClosedException">The chat is over.</exception>
    public ValueTask Type(string line, CancellationToken cancellationToken)
    {
        Touch();
        return _lines.Writer.WriteAsync(new(line), cancellationToken);
    }

    /// <summary>Counts a line that was too long to take, as a message that is not stored.</summary>
    public ValueTask TypeTooLong(CancellationToken cancellationToken) =>
        _lines.Writer.WriteAsync(new("", IsTooLong: true), cancellationToken);

    /// <summary>The user has nothing more to say.</summary>
    public void EndInput() => _lines.Writer.TryComplete();

    /// <summary>The user is there: the idle time begins anew.</summary>
    public void Touch() => _idle?.Change(settings.IdleAfter, settings.IdleAfter);

    /// <summary>Runs until the user leaves or the session is over.</summary>
    /// <param name="cancellationToken">Leaves at once, without waiting for what is not yet stored.</param>
    /// <returns>The exit code: 0 if the user left and everything said is stored.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var idle = StartIdle();
        var incoming = ShowIncomingAsync(over.Token);
        var typed = TakeLinesAsync(leaving.Token, over.Token);
        await Task.WhenAny(incoming, typed);
        var ended = incoming.IsCompleted;
        var reason = ended ? await incoming : "";
        if (ended)
        {
            await leaving.CancelAsync();
        }

        await typed;
        EndInput();
        if (!ended)
        {
            await LeaveAsync(incoming, cancellationToken);
        }

        await over.CancelAsync();
        await _sends.AbandonAsync();
        await incoming;
        return Conclude(ended, reason);
    }

    private ITimer? StartIdle()
    {
        if (settings.IdleAfter > TimeSpan.Zero)
        {
            _idle = time.CreateTimer(
                _ => _lines.Writer.TryWrite(new(settings.IdleSay, IsIdle: true)), null, settings.IdleAfter, settings.IdleAfter);
        }

        return _idle;
    }

    private async Task<string> ShowIncomingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var happened in session.Incoming.ReadAllAsync(cancellationToken))
            {
                show(happened);
            }

            return "the server closed the connection";
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return "";
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    private async Task TakeLinesAsync(CancellationToken leaving, CancellationToken over)
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(leaving))
            {
                if (!await TakeAsync(line, leaving, over))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // Leaving at once.
        }
    }

    /// <returns>Whether the user goes on.</returns>
    private async Task<bool> TakeAsync(TypedLine line, CancellationToken leaving, CancellationToken over)
    {
        if (line.IsIdle)
        {
            // While the last one is still on its way, another would only pile up.
            if (!_idleSend.IsCompleted)
            {
                return true;
            }

            show(new ChatStatus($"(idle) {line.Text}"));
        }

        switch (line.Text)
        {
            case "q" or "/quit":
                return false;
            case var _ when line.IsTooLong:
                _sends.Refuse();
                show(new ChatProblem("a line was too long and was not sent"));
                return true;
            case var text when string.IsNullOrWhiteSpace(text):
                return true;
            case ['/', '/', ..]:
                await SendAsync(session.Send, line.Text[1..], line.IsIdle, leaving, over);
                return true;
            case ['/', ..]:
                await ObeyAsync(line, leaving, over);
                return true;
            default:
                await SendAsync(session.Send, line.Text, line.IsIdle, leaving, over);
                return true;
        }
    }

    private async Task SendAsync(
        Func<string, CancellationToken, Task> send, string text, bool isIdle, CancellationToken leaving, CancellationToken over)
    {
        var sending = await _sends.StartAsync(send, text, leaving, over);
        if (isIdle)
        {
            _idleSend = sending;
        }
    }

    private async Task ObeyAsync(TypedLine line, CancellationToken leaving, CancellationToken over)
    {
        var space = line.Text.IndexOf(' ', StringComparison.Ordinal);
        var name = space < 0 ? line.Text : line.Text[..space];
        var argument = space < 0 ? "" : line.Text[space..].Trim();
        if (name == "/me" && session.SendAction is { } act && argument.Length > 0)
        {
            await SendAsync(act, argument, line.IsIdle, leaving, over);
        }
        else if (_commands.Find(name) is not { } command)
        {
            show(new ChatProblem($"unknown command {name}; /help lists them, //… sends a line that begins with /"));
        }
        else if (!command.IsArgument(argument))
        {
            show(new ChatProblem($"usage: {command.Usage} ({command.Does})"));
        }
        else
        {
            await AnswerAsync(command, argument, leaving);
        }
    }

    private async Task AnswerAsync(SlashCommand command, string argument, CancellationToken leaving)
    {
        try
        {
            using var patience = new CancellationTokenSource(settings.ReplyTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, leaving);
            foreach (var answer in await command.Run(argument, either.Token).WaitAsync(either.Token))
            {
                show(answer);
            }
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            show(new ChatProblem($"{command.Name}: the server did not answer"));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            show(new ChatProblem($"{command.Name}: {e.Message}"));
        }
    }

    /// <summary>Lets the server store what was sent, then closes; each no longer than the reply time-out.</summary>
    private async Task LeaveAsync(Task<string> incoming, CancellationToken cancellationToken)
    {
        await _sends.DrainAsync(settings.ReplyTimeout, cancellationToken);
        using var patience = new CancellationTokenSource(settings.ReplyTimeout, time);
        try
        {
            await session.Close(patience.Token).WaitAsync(patience.Token);
            await incoming.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // The server did not answer the close; what it acked is stored all the same.
        }
        catch (Exception e)
        {
            show(new ChatProblem(e.Message));
        }
    }

    private int Conclude(bool ended, string reason)
    {
        var lost = _sends.NotStored == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{_sends.NotStored} of {_sends.Total} messages were not stored");
        if (ended)
        {
            show(new ChatProblem(lost.Length == 0 ? reason : $"{reason}; {lost}"));
        }
        else if (lost.Length > 0)
        {
            show(new ChatProblem(lost));
        }

        return ended || lost.Length > 0 ? ExitCode.Failure : ExitCode.Success;
    }

    /// <summary>A line of the user, or one said for them.</summary>
    private readonly record struct TypedLine(string Text, bool IsIdle = false, bool IsTooLong = false);
}
