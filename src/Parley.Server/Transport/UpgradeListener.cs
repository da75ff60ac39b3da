using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Parley.Server.Transport;

/// <summary>
/// Accepts TCP connections and looks at their first bytes without taking them. An ordinary upgrade to the chat is served
/// here, on the bare socket; every other connection goes to the web server untouched.
/// </summary>
internal sealed partial class UpgradeListener : IConnectionListener
{
    private static readonly TimeSpan PauseWithoutHandles = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listen;
    private readonly SocketConnectionContextFactory _contexts;
    private readonly UpgradeServer _server;
    private readonly PendingConnections _pending;
    private readonly Memory _memory;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _unbinding = new();
    private readonly Task _accepting;

    // Bounded: while the web server is behind, connections wait in here, and their clients with them.
    private readonly Channel<ConnectionContext> _others = Channel.CreateBounded<ConnectionContext>(64);

    // Connections looked at or served here, and one for the accepting; their end is awaited by DisposeAsync.
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;

    /// <param name="listen">Bound and listening.</param>
    /// <param name="contexts">Makes what the web server takes of a socket.</param>
    /// <param name="memory">
    /// The web server's own pool: without it, it would fall back to one that hands out empty memory when asked for any size.
    /// </param>
    /// <param name="server">Serves upgrades.</param>
    /// <param name="pending">Bounds how many are looked at, or with the web server, at once.</param>
    /// <param name="logger">For faults.</param>
    public UpgradeListener(
        Socket listen,
        SocketConnectionContextFactory contexts,
        MemoryPool<byte> memory,
        UpgradeServer server,
        PendingConnections pending,
        ILogger logger)
    {
        _listen = listen;
        _contexts = contexts;
        _memory = new Memory(memory);
        _server = server;
        _pending = pending;
        _logger = logger;
        EndPoint = listen.LocalEndPoint!; // Not null: it is bound.
        _accepting = AcceptAllAsync();
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _others.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_others.Reader.TryRead(out var context))
            {
                return context;
            }
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbinding.CancelAsync();
        _listen.Dispose();
        await _accepting.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        await _drained.Task;
        _contexts.Dispose();
        _memory.MemoryPool.Dispose();
        _unbinding.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (!_unbinding.IsCancellationRequested)
        {
            try
            {
                var socket = await _listen.AcceptAsync(_unbinding.Token);
                var address = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
                if (_pending.TryTake(address) is { } place)
                {
                    Interlocked.Increment(ref _open);
                    _ = LookAsync(socket, place); // Counted in _open.
                }
                else
                {
                    socket.Dispose();
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                Log.NoHandles(_logger, e);
                await Task.Delay(PauseWithoutHandles, TimeProvider.System);
            }
            catch (SocketException)
            {
                // The peer was gone before it was accepted.
            }
        }

        Left();
    }

    private async Task LookAsync(Socket socket, PendingPlace place)
    {
        try
        {
            if (!await UpgradeServer.HearAsync(socket, place, _unbinding.Token))
            {
                End(socket, place);
            }
            else if (await _server.TryServeAsync(socket, place))
            {
                place.Dispose();
            }
            else
            {
                await HandOverAsync(socket, place);
            }
        }
        catch (Exception e)
        {
            if (e is not SocketException) // The peer is gone: no fault of ours.
            {
                Log.Failed(_logger, e);
            }

            End(socket, place);
        }

        Left();
    }

    private static void End(Socket socket, PendingPlace place)
    {
        socket.Dispose();
        place.Dispose();
    }

    private async Task HandOverAsync(Socket socket, PendingPlace place)
    {
        var context = _contexts.Create(socket);
        context.Features.Set<IMemoryPoolFeature>(_memory);
        context.Features.Set(place);
        place.HandOver(context);
        context.ConnectionClosed.Register(static place => ((PendingPlace)place!).Dispose(), place); // Not null: given here.
        try
        {
            await _others.Writer.WriteAsync(context, _unbinding.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
            await context.DisposeAsync();
        }
    }

    private void Left()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _others.Writer.TryComplete();
            _drained.SetResult();
        }
    }

    private sealed record Memory(MemoryPool<byte> MemoryPool) : IMemoryPoolFeature;

    private static partial class Log
    {
        [LoggerMessage(Telemetry.EventIds.NoHandles, LogLevel.Error,
            "No more connections can be accepted: the process has as many files open as it may (ulimit -n)")]
        public static partial void NoHandles(ILogger logger, Exception exception);

        [LoggerMessage(Telemetry.EventIds.UpgradeFailed, LogLevel.Error, "A connection failed; this is a fault of the server")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
