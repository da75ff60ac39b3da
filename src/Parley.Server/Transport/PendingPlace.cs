using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Transport;

/// <summary>The place of one TCP connection among the <see cref="PendingConnections"/>.</summary>
internal sealed class PendingPlace(PendingConnections all, IPAddress address, CancellationTokenSource patience) : IDisposable
{
    private ConnectionContext? _context;
    private bool _displaced;

    /// <summary>Where the connection comes from.</summary>
    public IPAddress Address { get; } = address;

    /// <summary>Cancelled when the connection has been silent for too long, or is displaced.</summary>
    public CancellationToken Patience { get; } = patience.Token;

    /// <summary>Its entry among those without a whole request; null once it has made one. Kept by <see cref="PendingConnections"/> under its lock.</summary>
    public LinkedListNode<PendingPlace>? Waiting { get; set; }

    /// <summary>True once it was given back. Kept by <see cref="PendingConnections"/> under its lock.</summary>
    public bool IsLeft { get; set; }

    /// <summary>The first byte has come: there is no limit on the silence any more.</summary>
    public void Heard() => patience.Dispose();

    /// <summary>The web server has the connection from now on.</summary>
    public void HandOver(ConnectionContext context)
    {
        Volatile.Write(ref _context, context);
        Interlocked.MemoryBarrier(); // Either we see the displacing, or it sees the context.
        if (Volatile.Read(ref _displaced))
        {
            context.Abort();
        }
    }

    /// <summary>Its connection has made a whole request, and keeps its place.</summary>
    public void Asked() => all.Asked(this);

    /// <summary>Closes the connection for a newcomer.</summary>
    public void Displace()
    {
        Volatile.Write(ref _displaced, true);
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _context)?.Abort();
        try
        {
            patience.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was heard: the context is there, or will be.
        }
    }

    /// <summary>The connection has become a WebSocket, which is counted elsewhere, or has ended. From any thread, more than once.</summary>
    public void Leave() => all.Leave(this);

    public void Dispose()
    {
        Leave();
        patience.Dispose();
    }
}
