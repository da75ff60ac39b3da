using System.Net.WebSockets;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <summary>
/// One connection, from the handshake to its end: a loop that receives, one that sends, and one that watches the clock.
/// Whichever ends first ends the others.
/// </summary>
internal sealed class Connection(Session session, ChatClientOptions options, Action onLive) : IDisposable
{
    private const int QueuedRequests = 256;

    private readonly TimeProvider time = options.TimeProvider;
    private readonly WireSocket socket = new(options.MaxMessageBytes);
    private readonly FrameWriter writer = new();
    private readonly TaskCompletionSource<Welcome> welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // When full, callers wait; their number shows in nothing but their own time-outs.
    private readonly Channel<ClientMessage> requests = Channel.CreateBounded<ClientMessage>(
        new BoundedChannelOptions(QueuedRequests) { SingleReader = true });

    private Error? helloRefused;
    private Bye? bye;
    private long liveAt;
    private long heardAt;
    private long heard;
    private volatile bool pingWanted;

    /// <summary>When the last frame came, as a timestamp.</summary>
    public long HeardAt => Interlocked.Read(ref heardAt);

    /// <summary>How many frames came.</summary>
    public long Heard => Interlocked.Read(ref heard);

    /// <summary>Queues a request.</summary>
    public async ValueTask QueueAsync(ClientMessage request, CancellationToken cancellationToken)
    {
        await requests.Writer.WriteAsync(request, cancellationToken);
        session.Bell.Ring();
    }

    /// <summary>Queues a request if there is room; else drops it.</summary>
    public void TryQueue(ClientMessage request)
    {
        if (requests.Writer.TryWrite(request))
        {
            session.Bell.Ring();
        }
    }

    /// <summary>Lets the server show that it is there.</summary>
    public void Ping()
    {
        pingWanted = true;
        session.Bell.Ring();
    }

    /// <summary>Counts from now: nothing could be heard while the application was behind.</summary>
    public void ForgiveSilence() => Interlocked.Exchange(ref heardAt, time.GetTimestamp());

    /// <summary>Lives one connection.</summary>
    /// <param name="server">The endpoint.</param>
    /// <param name="stop">Closes it properly.</param>
    public async Task<ConnectionEnd> RunAsync(Uri server, CancellationToken stop)
    {
        if (await ConnectAsync(server, stop) is { } refused)
        {
            return refused with { InHandshake = true };
        }

        using var alive = new CancellationTokenSource();
        using var working = new CancellationTokenSource();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStop = stop.Register(stopped.SetResult);
        ForgiveSilence();

        var receive = ReceiveAsync(alive.Token);
        var send = SendAsync(working.Token, alive.Token);
        var watch = new Heartbeat(this, session, options).WatchAsync(welcomed.Task, working.Token);
        var first = await Task.WhenAny(receive, send, watch, stopped.Task);

        await working.CancelAsync();
        if (first == stopped.Task || first == receive)
        {
            await CloseAsync(receive, send);
        }

        await alive.CancelAsync();
        var ends = await Task.WhenAll(receive, send, watch);
        var end = first == receive ? ends[0] : first == send ? ends[1] : first == watch ? ends[2]
            : new ConnectionEnd(CloseCode.Normal, "closed by the application", Reconnect: false);
        requests.Writer.TryComplete();
        return Conclude(end);
    }

    public void Dispose()
    {
        socket.Dispose();
        writer.Dispose();
    }

    private async Task<ConnectionEnd?> ConnectAsync(Uri server, CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            return await socket.ConnectAsync(server, either.Token);
        }
        catch (OperationCanceledException)
        {
            return stop.IsCancellationRequested
                ? new ConnectionEnd(CloseCode.Normal, "closed by the application", Reconnect: false)
                : ConnectionEnd.Cut($"No connection within {options.ConnectTimeout}.");
        }
    }

    private async Task<ConnectionEnd> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await socket.ReadAsync(cancellationToken) is { } frame)
            {
                Interlocked.Exchange(ref heardAt, time.GetTimestamp());
                Interlocked.Increment(ref heard);
                while (!frame.IsEmpty)
                {
                    var length = frame.Span.IndexOf((byte)'\n');
                    var line = length < 0 ? frame : frame[..length];
                    frame = length < 0 ? default : frame[(length + 1)..];
                    if (!line.IsEmpty && MessageParser.Parse(line.Span) is { } message)
                    {
                        await DispatchAsync(message, cancellationToken);
                    }
                }
            }

            return new ConnectionEnd(socket.Closed.Code, socket.Closed.Reason, CloseCode.ShouldReconnect(socket.Closed.Code));
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return ConnectionEnd.Cut(e.Message);
        }
    }

    private async ValueTask DispatchAsync(ServerMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case Event entry:
                await session.ReceivedAsync(entry, cancellationToken);
                break;
            case Synced synced:
                await session.ReceivedAsync(synced, cancellationToken);
                break;
            case Signal signal:
                session.Received(signal);
                break;
            case Ok ok:
                session.Answered(ok);
                break;
            case Error error when !welcomed.Task.IsCompleted:
                helloRefused = error;
                break;
            case Error error:
                session.Refused(error);
                break;
            case Pong { Re: { } re } pong:
                session.Requests.Answer(re, pong);
                break;
            case Welcome welcome when !welcomed.Task.IsCompleted:
                session.Welcomed(welcome);
                liveAt = time.GetTimestamp();
                welcomed.SetResult(welcome);
                onLive();
                break;
            case Bye said:
                bye = said;
                break;
        }
    }

    // A cancelled write aborts the socket, and no close frame could follow; so only the waits end with `working`.
    private async Task<ConnectionEnd> SendAsync(CancellationToken working, CancellationToken alive)
    {
        try
        {
            // The hello goes first and alone; what waits in the outbox goes when the server knows who we are.
            await WriteAsync(session.NewHello(), alive);
            await FlushAsync(alive);
            var welcome = await welcomed.Task.WaitAsync(working);
            writer.MaxBytes = welcome.Limits.FrameBytes > 0 ? welcome.Limits.FrameBytes : int.MaxValue;
            while (true)
            {
                while (!working.IsCancellationRequested && TakeNext() is { } message)
                {
                    await WriteAsync(message, alive);
                }

                await FlushAsync(alive);
                await session.Bell.WaitAsync(working);
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return ConnectionEnd.Cut(e.Message);
        }
    }

    private ClientMessage? TakeNext()
    {
        if (pingWanted)
        {
            pingWanted = false;
            return new Ping { Ts = time.GetUtcNow().ToUnixTimeMilliseconds() };
        }

        return requests.Reader.TryRead(out var request) ? request : session.TakeNext();
    }

    private async ValueTask WriteAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        if (!writer.TryEncode(message))
        {
            session.RejectTooLarge(message.Id ?? 0, writer.MaxBytes);
            return;
        }

        if (!writer.TryTake())
        {
            await FlushAsync(cancellationToken);
            writer.TryTake();
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (!writer.Frame.IsEmpty)
        {
            await socket.WriteAsync(writer.Frame, cancellationToken);
            writer.Clear();
        }
    }

    // Sends our close frame and waits a little for the server's.
    private async Task CloseAsync(Task<ConnectionEnd> receive, Task<ConnectionEnd> send)
    {
        using var timeout = new CancellationTokenSource(options.CloseTimeout, time);
        try
        {
            await send.WaitAsync(timeout.Token);
            await socket.CloseOutputAsync(timeout.Token);
            await receive.WaitAsync(timeout.Token);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The line is gone already; there is nobody to say goodbye to.
        }
    }

    private ConnectionEnd Conclude(ConnectionEnd end)
    {
        var error = helloRefused;
        if (bye is { } said)
        {
            // A cut line after `bye` is the end that it announced.
            var code = end.Code is CloseCode.Abnormal or CloseCode.NoStatus ? said.Code : end.Code;
            end = end with
            {
                Code = code,
                Reason = said.Reason,
                Reconnect = said.Reconnect && end is not { Code: CloseCode.Normal, Reconnect: false },
                After = said.AfterMs is { } after ? TimeSpan.FromMilliseconds(after) : null,
            };
        }

        if (error is not null)
        {
            end = end with
            {
                Reason = error.Msg,
                Error = error.Code,
                Reconnect = error.Temp || error.Code.IsTemporary(),
                After = error.RetryMs is { } after ? TimeSpan.FromMilliseconds(after) : end.After,
            };
        }

        var isLive = welcomed.Task.IsCompletedSuccessfully;
        return end with { Welcomed = isLive, LiveFor = isLive ? time.GetElapsedTime(liveAt) : TimeSpan.Zero };
    }
}
