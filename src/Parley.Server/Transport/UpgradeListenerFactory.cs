using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Parley.Server.Transport;

/// <summary>Listens on IP addresses with an <see cref="UpgradeListener"/>; other kinds of address stay with the web server.</summary>
internal sealed class UpgradeListenerFactory(
    IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> memory, UpgradeServer server,
    PendingConnections pending, ILogger<UpgradeListener> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? listen = null;
        try
        {
            listen = options.Value.CreateBoundListenSocket(endpoint);
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

    private static SocketConnectionFactoryOptions ContextOptions(SocketTransportOptions transport) => new()
    {
        IOQueueCount = transport.IOQueueCount,
        WaitForDataBeforeAllocatingBuffer = transport.WaitForDataBeforeAllocatingBuffer,
        MaxReadBufferSize = transport.MaxReadBufferSize,
        MaxWriteBufferSize = transport.MaxWriteBufferSize,
        UnsafePreferInlineScheduling = transport.UnsafePreferInlineScheduling,
    };
}
