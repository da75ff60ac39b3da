using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Parley.Server.Delivery;

namespace Parley.Server.Transport;

/// <summary>Listens on IP addresses with an <see cref="UpgradeListener"/>; other kinds of address stay with the web server.</summary>
internal sealed class UpgradeListenerFactory(
    IOptions<SocketTransportOptions> options, DeliveryOptions delivery, IMemoryPoolFactory<byte> memory, UpgradeServer server,
    PendingConnections pending, ILogger<UpgradeListener> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int DeferAccept = 9; // TCP_DEFER_ACCEPT
    private const int DeferSeconds = 1; // The kernel makes it the time of its first retransmission, 1 s to 3 s.

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? listen = null;
        try
        {
            listen = options.Value.CreateBoundListenSocket(endpoint);
            Tune(listen);
            listen.Listen(options.Value.Backlog);
        }
        catch (SocketException e)
        {
            listen?.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new AddressInUseException($"The address {endpoint} is in use.", e)
                : new IOException($"Cannot listen on {endpoint}: {e.Message}.", e);
        }

        var contexts = new SocketConnectionContextFactory(ContextOptions(options.Value), logger);
        return ValueTask.FromResult<IConnectionListener>(new UpgradeListener(listen, contexts, memory.Create(), server, pending, logger));
    }

    // Accepted sockets inherit these; set on each, they would cost a call into the kernel for every connection.
    private void Tune(Socket listen)
    {
        listen.NoDelay = true;
        if (delivery.SendBufferBytes > 0)
        {
            listen.SendBufferSize = delivery.SendBufferBytes;
        }

        if (OperatingSystem.IsLinux())
        {
            // A connection is accepted when its first bytes are there, so it is served at once; or after this time, as it is.
            listen.SetRawSocketOption(TcpLevel, DeferAccept, BitConverter.GetBytes(DeferSeconds));
        }
    }

    private static SocketConnectionFactoryOptions ContextOptions(SocketTransportOptions transport) => new()
    {
        IOQueueCount = transport.IOQueueCount,
        WaitForDataBeforeAllocatingBuffer = transport.WaitForDataBeforeAllocatingBuffer,
        MaxReadBufferSize = transport.MaxReadBufferSize,
        MaxWriteBufferSize = transport.MaxWriteBufferSize,
        UnsafePreferInlineScheduling = transport.UnsafePreferInlineScheduling,
    };
}
