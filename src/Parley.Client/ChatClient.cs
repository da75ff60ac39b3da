using System.Runtime.CompilerServices;
using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>
/// A connection to a Parley server that mends itself. What it is told to send is stored once, in order; what it yields
/// is each event of a followed room once, in order, over cut lines and restarts of either side.
/// </summary>
/// <remarks>
/// <para>All members may be called from any thread. Make one, <see cref="ConnectAsync"/>, <see cref="SubscribeAsync"/>,
/// and read <see cref="ReadEventsAsync"/>.</para>
/// <para>The rooms of the state store are followed again without being asked for, each from the event after the last
/// one that the application had processed.</para>
/// <para>Read the events, or follow no room: when the buffer is full the socket is not read. After about 30 s of that
/// the server closes the connection, as it gets no pong; the client resumes when reading goes on, and nothing is lost.</para>
/// </remarks>
public sealed partial class ChatClient : IAsyncDisposable
{
    private static readonly TimeSpan LiveEnough = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TooManyDelay = TimeSpan.FromSeconds(5);

    private readonly ChatClientOptions options;
    private readonly Uri server;
    private readonly Session session;
    private readonly StateFeed states = new();
    private readonly Lock starting = new();
    private CancellationTokenSource stop = new();
    private Task loop = Task.CompletedTask;
    private Connection? live;
    private int reading;
    private Delivery? unprocessed;
    private bool disposed;

    /// <summary>Makes a client that is not connected yet.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or the address is none.</exception>
    public ChatClient(ChatClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        this.options = options;
        server = ServerAddress.Parse(options.Server);
        session = new Session(options);
    }

    /// <summary>Where the client stands now.</summary>
    public ConnectionState State => states.Current;

    /// <summary>Who the server took the client for; null before the first <c>welcome</c>.</summary>
    public Identity? Me => session.Welcome?.You;

    /// <summary>The rooms one is a member of, as of the last <c>welcome</c>; empty before.</summary>
    public IReadOnlyList<RoomState> Rooms => session.Welcome?.Rooms ?? [];

    /// <summary>The limits named by the last <c>welcome</c>; null before.</summary>
    public Limits? Limits => session.Welcome?.Limits;

    /// <summary>The endpoint: scheme <c>ws</c> or <c>wss</c>, with its path.</summary>
    public Uri Endpoint => server;

    /// <summary>Messages that were handed to <see cref="SendAsync"/> and are not known to be stored, with those of an earlier process.</summary>
    public int UnsentCount => session.UnsentCount;

    /// <summary>
    /// Starts to connect, and from then on reconnects by itself. Completes at the first <c>welcome</c>. May be called
    /// again after the client has <see cref="ConnectionState.Closed"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up, and closes the client. Without effect after the first <c>welcome</c>.</param>
    /// <exception cref="ChatException">The server refuses for good, for example a token or a guest.</exception>
    /// <exception cref="InvalidOperationException">The client is started already.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the client is closed.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var welcomed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (starting)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!loop.IsCompleted)
            {
                throw new InvalidOperationException("The client is connected, or tries to be.");
            }

            session.EnsureLoaded();
            session.Start();
            stop.Dispose();
            stop = new CancellationTokenSource();
            loop = RunAsync(welcomed, stop.Token);
        }

        try
        {
            await welcomed.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await CloseAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>The current state, then each change. Any number of watchers; one that is 64 changes behind misses the oldest. Ends when the client is disposed.</summary>
    public IAsyncEnumerable<ConnectionState> WatchStateAsync(CancellationToken cancellationToken = default) =>
        states.WatchAsync(cancellationToken);

    /// <summary>
    /// Yields what happens in the followed rooms: each event of a room exactly once, in order of seq, with
    /// <see cref="RoomGap"/> and <see cref="RoomReset"/> wherever that cannot be. One consumer at a time; another call
    /// after it has ended goes on where it stopped. Ends, once all is yielded, when the client is closed.
    /// </summary>
    /// <remarks>
    /// An event counts as processed, and the room's cursor goes to the state store, when the consumer asks for the next
    /// one. So a process that ends sees its last event of a room again after the restart, and none is missed; a store
    /// that writes later, as <see cref="FileClientState"/> does, may show those of its delay again after a crash.
    /// To await <see cref="SendAsync"/> or a request inside the loop is fine; see <see cref="ChatClientOptions.EventBuffer"/>.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Another consumer reads.</exception>
    public async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref reading, 1) != 0)
        {
            throw new InvalidOperationException("Another consumer reads the events.");
        }

        try
        {
            while (true)
            {
                if (unprocessed is { } last)
                {
                    unprocessed = null;
                    session.Processed(last);
                }

                if (await session.Events.TakeAsync(cancellationToken) is not { Event: { } next } delivery)
                {
                    yield break;
                }

                unprocessed = delivery;
                yield return next;
            }
        }
        finally
        {
            Interlocked.Exchange(ref reading, 0);
        }
    }

    /// <summary>
    /// Closes the connection properly (1000) and stops. Calls that wait fail; unsent messages stay in the state store,
    /// which is flushed. Does nothing if the client is closed.
    /// </summary>
    /// <param name="cancellationToken">You stopped waiting; it closes nevertheless.</param>
    /// <exception cref="IOException">The state store could not be flushed.</exception>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        Task running;
        CancellationTokenSource source;
        lock (starting)
        {
            running = loop;
            source = stop;
        }

        if (!running.IsCompleted)
        {
            // A receive loop that waits for the application must get to the close frame.
            session.Events.Complete();
            await source.CancelAsync();
            await running.WaitAsync(cancellationToken);
        }

        await options.StateStore.FlushAsync(cancellationToken);
    }

    /// <summary>As <see cref="CloseAsync"/>; ends the watchers too.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (starting)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
        }

        try
        {
            await CloseAsync();
        }
        finally
        {
            states.Complete();
            session.Dispose();
            stop.Dispose();
        }
    }

    // The owner of the connection: one after the other until one says not to come back.
    private async Task RunAsync(TaskCompletionSource welcomed, CancellationToken stopping)
    {
        await Task.Yield();
        var end = new ConnectionEnd(Protocol.CloseCode.InternalError, "a fault of the client", Reconnect: false);
        try
        {
            end = await ReconnectAsync(welcomed, stopping);
        }
        catch (Exception e)
        {
            end = end with { Reason = e.Message };
            welcomed.TrySetException(e);
        }
        finally
        {
            session.Stop(end);
            session.Events.Complete();
            states.Set(new ConnectionState.Closed(end.Code, end.Reason));
            welcomed.TrySetException(end.ToException());
            _ = welcomed.Task.Exception; // Seen by whoever waits; nobody may.
        }
    }

    private async Task<ConnectionEnd> ReconnectAsync(TaskCompletionSource welcomed, CancellationToken stopping)
    {
        var backoff = new Backoff(options.Random);
        for (var attempt = 1; ; attempt++)
        {
            states.Set(new ConnectionState.Connecting(attempt));
            var askedForGivenName = session.AsksForGivenName;
            var end = await ConnectOnceAsync(welcomed, stopping);
            if (stopping.IsCancellationRequested)
            {
                return new ConnectionEnd(Protocol.CloseCode.Normal, "closed by the application", Reconnect: false);
            }

            if (!end.Reconnect && askedForGivenName && !end.Welcomed && !end.InHandshake)
            {
                // The name that the server once picked is not ours any more: let it pick another.
                session.ForgetGivenName();
            }
            else if (!end.Reconnect && !(end is { InHandshake: true, Code: Protocol.CloseCode.Misuse } && session.Welcome is not null))
            {
                return end;
            }

            attempt = end.Welcomed ? 0 : attempt;
            if (end.LiveFor >= LiveEnough)
            {
                backoff.Reset();
            }

            var delay = end.After
                ?? session.NextDelay(backoff) + (end.Code == Protocol.CloseCode.TooManyConnections ? TooManyDelay : TimeSpan.Zero);
            states.Set(new ConnectionState.Waiting(delay, end.Reason));
            try
            {
                await Task.Delay(delay, options.TimeProvider, stopping);
            }
            catch (OperationCanceledException)
            {
                return new ConnectionEnd(Protocol.CloseCode.Normal, "closed by the application", Reconnect: false);
            }
        }
    }

    private async Task<ConnectionEnd> ConnectOnceAsync(TaskCompletionSource welcomed, CancellationToken stopping)
    {
        Connection? connection = null;
        connection = new Connection(session, options, () =>
        {
            Volatile.Write(ref live, connection);
            states.Set(new ConnectionState.Live());
            welcomed.TrySetResult();
        });
        var reason = "a fault of the client";
        try
        {
            var end = await connection.RunAsync(server, stopping);
            reason = end.Reason;
            return end;
        }
        finally
        {
            Volatile.Write(ref live, null);
            connection.Dispose();
            session.Disconnected(reason);
        }
    }
}
