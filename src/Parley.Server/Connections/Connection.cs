using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Telemetry;
using Parley.Server.WebSockets;

namespace Parley.Server.Connections;

/// <summary>
/// One WebSocket: reads its frames, answers pings, hands messages to its session, and closes with the exact code.
/// Its writing half is the <see cref="Outlet"/>.
/// </summary>
internal sealed partial class Connection(
    IByteSource source, FrameReader reader, Outlet outlet, IPAddress address, ChatServices chat, ILogger<Connection> logger)
{
    private const int ReadBytes = 16 * 1024;

    private readonly ConnectionOptions _limits = chat.ConnectionLimits;
    private IChatSession? _session;
    private bool _peerClosed;
    private bool _busy;
    private int _aborted;

    /// <summary>The dialect spoken; set before <see cref="RunAsync"/>.</summary>
    public IChatSession Session
    {
        get => _session ?? throw new InvalidOperationException("No session was given.");
        set => _session = value;
    }

    /// <summary>The user this connection counts for; null if none.</summary>
    public long? CountedAs { get; private set; }

    /// <summary>True while a write waits for the peer to make room.</summary>
    public bool IsStalled => outlet.IsParked;

    /// <summary>How long the write in progress has been waiting without any progress.</summary>
    public TimeSpan StuckFor => outlet.StuckFor;

    /// <summary>True while it works on what it has read, and so reads nothing.</summary>
    public bool IsBusy => Volatile.Read(ref _busy);

    /// <summary>
    /// Its session knows who it is: counts it for the user, and allows messages of the full size.
    /// </summary>
    /// <returns>False when the user has as many connections as it may.</returns>
    public bool Identify()
    {
        reader.MaxMessageBytes = _limits.MaxFrameBytes;
        if (Session.User is not { Id: not 0 } user)
        {
            return true;
        }

        if (!chat.Connections.TryCount(this, user))
        {
            return false;
        }

        CountedAs = user.Id;
        return true;
    }

    /// <summary>Its session has become somebody else.</summary>
    public bool Reidentify()
    {
        chat.Connections.Uncount(this);
        CountedAs = null;
        return Identify();
    }

    /// <summary>Serves the connection to its end, disposes of the line and gives back the address's place.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var start = chat.Time.GetTimestamp();
        Volatile.Write(ref _openedAt, start);
        Volatile.Write(ref _heardAt, start);
        chat.Connections.Add(this);
        if (chat.State.IsStopping)
        {
            Restart(_limits.ReturnSpread); // It came just before the stop, which did not see it.
        }

        try
        {
            await Session.StartAsync(cancellationToken);
            await ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or StoreException)
        {
            // The line was cut, or the server cannot serve it now: the client resumes.
            outlet.Close(CloseCode.TryAgainLater, "try again later");
        }
        catch (Exception e)
        {
            Log.Failed(logger, e);
            outlet.Close(CloseCode.InternalError, "a fault of the server");
        }
        finally
        {
            await EndAsync();
        }
    }

    /// <summary>Says goodbye because the server restarts; the client comes back at a random time within the spread.</summary>
    public void Restart(TimeSpan spread)
    {
        Session.SayBye(CloseCode.Restarting, "the server restarts", spread * chat.Random.NextDouble());
        outlet.Close(CloseCode.Restarting, "the server restarts");
    }

    /// <summary>Cuts the line. From any thread.</summary>
    public void Abort()
    {
        Volatile.Write(ref _aborted, 1);
        outlet.Break();
        source.Cut();
    }

    /// <summary>Adds itself to a survey. From any thread.</summary>
    public void Survey(ConnectionSurvey survey)
    {
        Session.Survey(survey);
        survey.SignedIn += Session.User is null ? 0 : 1;
        survey.Parked += outlet.IsParked ? 1 : 0;
    }

    private async Task EndAsync()
    {
        // The close frame may wait behind others; it has as long as the peer would have had for its own end.
        if (outlet.IsClosing && !outlet.IsBroken)
        {
            await Task.WhenAny(CloseFrameLeftAsync(), Task.Delay(_limits.CloseTimeout, chat.Time, CancellationToken.None));
        }

        chat.Connections.Remove(this);
        chat.Metrics.ConnectionClosed(outlet.CloseSent);
        Session.End();
        var stuck = !outlet.IsFinished;
        outlet.Break();
        reader.Dispose();
        if (stuck)
        {
            source.Cut(); // Ends the write under way.
        }

        await outlet.WhenLetGoAsync();
        source.Dispose();
        chat.Connections.Release(address);
    }

    // Awaited by itself: what waits for several tasks at once would go on in the thread pool, and not where this connection
    // runs, which in a simulation is elsewhere.
    private async Task CloseFrameLeftAsync() => await outlet.WhenFinishedAsync();

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // An idle connection holds no buffer.
            reader.Release();
            await source.WaitAsync(cancellationToken);
            var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
            try
            {
                var count = await source.ReadAsync(buffer.AsMemory(0, ReadBytes), cancellationToken);
                if (count == 0)
                {
                    return;
                }

                Volatile.Write(ref _busy, true);
                await TakeAsync(buffer.AsMemory(0, count), cancellationToken);
                Volatile.Write(ref _heardAt, chat.Time.GetTimestamp());
                Volatile.Write(ref _busy, false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            // Where FIN cannot be sent alone, the connection's end is what tells the peer.
            if (outlet.IsClosing && !outlet.CanHalfClose)
            {
                return;
            }
        }
    }

    private async ValueTask TakeAsync(Memory<byte> input, CancellationToken cancellationToken)
    {
        // After our close frame, or the peer's, nothing is read but the end.
        while (!input.IsEmpty && !_peerClosed && !outlet.IsClosing)
        {
            var status = reader.Read(input, out var consumed);
            input = input[consumed..];
            switch (status)
            {
                case FrameStatus.Text:
                    await Session.ReceiveAsync(reader.Payload, cancellationToken);
                    await outlet.WaitForSpaceAsync();
                    break;
                case FrameStatus.Ping:
                    CountControl();
                    outlet.Enqueue(Opcode.Pong, reader.Payload.Span);
                    await outlet.WaitForSpaceAsync();
                    break;
                case FrameStatus.Pong:
                    CountControl();
                    break;
                case FrameStatus.Close:
                    _peerClosed = true;
                    outlet.Close(reader.CloseCode, "");
                    break;
                case FrameStatus.Failed:
                    Session.SayBye(reader.FailureCode, reader.FailureReason, null);
                    outlet.Close(reader.FailureCode, reader.FailureReason);
                    break;
                default:
                    break;
            }

            MarkMessage(reader.IsMidMessage);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.ConnectionFailed, LogLevel.Error, "A connection failed; this is a fault of the server")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(EventIds.ConnectionClosed, LogLevel.Information, "Closed a connection of {User}: {Reason}")]
        public static partial void TimedOut(ILogger logger, string user, string reason);
    }
}
