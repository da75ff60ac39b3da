using System.Globalization;
using System.Threading.Channels;
using Parley.Client;
using Parley.Protocol;
using Parley.Protocol.Messages;

namespace Parley.Cli.Chat;

/// <summary>The glue between a <see cref="ChatClient"/> and the line client: one room at a time.</summary>
internal sealed class RoomChat(ChatClient client, Uri address, string firstRoom) : IAsyncDisposable
{
    private const int GapPage = 200;
    private const string ActionPrefix = "/me ";

    // When full the events are not read from the client, which in turn stops reading its socket.
    private readonly Channel<ChatEvent> _incoming = Channel.CreateBounded<ChatEvent>(256);
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private string _room = firstRoom;
    private Task _order = Task.CompletedTask;
    private Task _running = Task.CompletedTask;

    /// <summary>Begins to connect, and tells the line client how to use the connection.</summary>
    public ChatSession Start()
    {
        var entered = EnterFirstAsync();
        _order = entered;
        _running = Task.WhenAll(entered, ShowStatesAsync(), ShowEventsAsync());
        return new ChatSession
        {
            Incoming = _incoming.Reader,
            Send = SendAsync,
            Close = client.CloseAsync,
            SendAction = (action, cancellationToken) => SendAsync(ActionPrefix + action, cancellationToken),
            Join = JoinAsync,
            Who = WhoAsync,
            Last = LastAsync,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task EnterFirstAsync()
    {
        try
        {
            await client.ConnectAsync(_over.Token);
            await EnterAsync(_room, _over.Token);
            await ShowAsync(ChatStatus.Live(client.Me?.Name ?? "?", _room));
        }
        catch (Exception e) when (e is ChatException or OperationCanceledException)
        {
            _incoming.Writer.TryComplete(e as ChatException);
            throw;
        }
    }

    private async Task EnterAsync(string room, CancellationToken cancellationToken)
    {
        try
        {
            await client.JoinAsync(room, cancellationToken);
        }
        catch (ChatException e) when (e.Code == ErrorCode.NotFound)
        {
            await client.CreateRoomAsync(room, cancellationToken: cancellationToken);
        }

        await client.SubscribeAsync(room, cancellationToken: cancellationToken);
        _room = room;
    }

    /// <summary>Sends in the order of calls, also what was typed before the room was entered.</summary>
    private Task SendAsync(string text, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_order.IsCompletedSuccessfully)
            {
                return client.SendAsync(_room, text, cancellationToken: cancellationToken);
            }

            var queued = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var sending = SendAfterAsync(_order, text, queued, cancellationToken);
            _order = queued.Task;
            return sending;
        }
    }

    private async Task SendAfterAsync(Task before, string text, TaskCompletionSource queued, CancellationToken cancellationToken)
    {
        Task sending;
        try
        {
            await before.WaitAsync(cancellationToken);
            sending = client.SendAsync(_room, text, cancellationToken: cancellationToken);
        }
        finally
        {
            queued.SetResult();
        }

        await sending;
    }

    private async Task ShowStatesAsync()
    {
        var wasLive = false;
        ChatStatus? last = null;
        await foreach (var state in client.WatchStateAsync(_over.Token))
        {
            switch (state)
            {
                case ConnectionState.Connecting when !wasLive:
                    await ShowAsync(ChatStatus.Connecting(address));
                    break;
                case ConnectionState.Live:
                    if (wasLive)
                    {
                        await ShowAsync(ChatStatus.Back(client.UnsentCount));
                    }

                    wasLive = true;
                    last = null;
                    break;
                case ConnectionState.Waiting waiting when ChatStatus.Lost(waiting.RetryIn) is var lost && lost != last:
                    last = lost;
                    await ShowAsync(lost);
                    break;
                case ConnectionState.Closed { Code: CloseCode.Normal } when wasLive:
                    _incoming.Writer.TryComplete();
                    return;
                case ConnectionState.Closed { Code: not CloseCode.Normal } closed:
                    _incoming.Writer.TryComplete(new ChatException(ErrorCode.Unknown, $"the server closed the connection: {closed.Reason}"));
                    return;
                default:
                    break;
            }
        }
    }

    private async Task ShowEventsAsync()
    {
        await foreach (var happened in client.ReadEventsAsync(_over.Token))
        {
            if (happened is RoomGap gap)
            {
                await FillAsync(gap);
            }
            else if (Shown(happened) is { } shown)
            {
                await ShowAsync(shown);
            }
        }
    }

    /// <summary>Reads what was not replayed after a long absence.</summary>
    private async Task FillAsync(RoomGap gap)
    {
        var after = gap.From - 1;
        try
        {
            while (after < gap.To)
            {
                var page = await client.ReadHistoryAsync(gap.Room, after: after, limit: GapPage, cancellationToken: _over.Token);
                foreach (var item in page.Items.Where(i => i.Seq <= gap.To))
                {
                    if (Shown(item) is { } shown)
                    {
                        await ShowAsync(shown);
                    }
                }

                after = page.Covers?.To ?? gap.To;
            }
        }
        catch (ChatException)
        {
            await ShowAsync(new ChatProblem(string.Create(
                CultureInfo.InvariantCulture, $"messages {after + 1} to {gap.To} could not be read; /last shows the newest")));
        }
    }

    private ChatEvent? Shown(Client.ChatEvent happened) => happened switch
    {
        RoomEvent { Event: var e } => Shown(new HistoryItem { Seq = e.Seq, Ts = e.Ts, By = e.By, K = e.K, Cid = e.Cid, Text = e.Text }),
        RoomReset { Head: > 0 } reset => new ChatStatus($"the server's copy of {reset.Room} has changed ({reset.Reason}); /last shows it"),
        RoomReset reset => new ChatProblem($"{reset.Room} cannot be followed any more: {reset.Reason}"),
        SendRefused refused => new ChatProblem($"not sent: {refused.Text} ({refused.Message})"),
        _ => null,
    };

    private ChatEvent? Shown(HistoryItem item) => item switch
    {
        { K: EventKind.Message, Text: { } text } => Message(item, text),
        { K: EventKind.Join } => new ChatStatus($"{item.By} joined"),
        { K: EventKind.Part } => new ChatStatus($"{item.By} left"),
        { K: EventKind.Room, Seq: 1 } => new ChatStatus($"{item.By} created the room"),
        _ => null,
    };

    private ChatMessage Message(HistoryItem item, string text)
    {
        var isAction = text.StartsWith(ActionPrefix, StringComparison.Ordinal);
        return new ChatMessage(
            DateTimeOffset.FromUnixTimeMilliseconds(item.Ts),
            item.By,
            isAction ? text[ActionPrefix.Length..] : text,
            item.By == client.Me?.Name,
            isAction);
    }

    private async Task<IReadOnlyList<ChatEvent>> JoinAsync(string room, CancellationToken cancellationToken)
    {
        if (!Names.IsRoom(room))
        {
            return [new ChatProblem("a room is 1 to 32 of a-z 0-9 _ -, beginning with a letter or digit")];
        }

        var before = _room;
        await EnterAsync(room, cancellationToken);
        if (before != room)
        {
            await client.UnsubscribeAsync(before, cancellationToken);
        }

        return [new ChatStatus($"you are in {room}")];
    }

    private async Task<IReadOnlyList<ChatEvent>> WhoAsync(string argument, CancellationToken cancellationToken)
    {
        var page = await client.WhoAsync(_room, cancellationToken: cancellationToken);
        var names = page.Members.Select(u => u.Online ? u.Name : $"{u.Name} (away)");
        var more = page.Count > page.Members.Count ? $" and {page.Count - page.Members.Count} more" : "";
        return [new ChatStatus($"{_room}: {string.Join(", ", names)}{more}")];
    }

    private async Task<IReadOnlyList<ChatEvent>> LastAsync(string argument, CancellationToken cancellationToken)
    {
        if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 200)
        {
            return [new ChatProblem("/last takes a number from 1 to 200")];
        }

        var page = await client.ReadHistoryAsync(_room, before: long.MaxValue >> 10, limit: count, cancellationToken: cancellationToken);
        return [.. page.Items.Select(Shown).OfType<ChatEvent>()];
    }

    private ValueTask ShowAsync(ChatEvent happened) => _incoming.Writer.WriteAsync(happened, _over.Token);
}
