using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Parley.Protocol;
using Parley.Server;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.WebSockets;

namespace Parley.Benchmarks.Stage;

/// <summary>The whole server without sockets and without storage: connections, sessions, event writer, delivery.</summary>
internal sealed class StagedServer : IDisposable
{
    private static readonly IPAddress Address = IPAddress.Loopback;

    private readonly IHost _host;
    private readonly WebSocketEndpoint _endpoint;
    private readonly ChatServices _chat;
    private readonly DeliveryLoops _loops;
    private readonly List<(HandedSource Source, Task Run)> _connections = [];

    /// <param name="store">Where events go.</param>
    public StagedServer(MemoryStore store)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddParley(options => options.LiftLimits());
        builder.Services.Replace(ServiceDescriptor.Singleton<IEventStore>(store));
        _host = builder.Build();
        _host.Start();
        _endpoint = _host.Services.GetRequiredService<WebSocketEndpoint>();
        _chat = _host.Services.GetRequiredService<ChatServices>();
        _loops = _host.Services.GetRequiredService<DeliveryLoops>();
    }

    /// <summary>Events handed to sinks, once for each subscriber. From any thread.</summary>
    public long Delivered => _loops[0].Tally.Events;

    /// <summary>Adds a connection of the store's user that follows the room, in one dialect or the other.</summary>
    public HandedSource Connect(bool json)
    {
        var source = new HandedSource();
        var sink = new CountingSink();
        if (_chat.Connections.TryTake(Address) != Admittance.Free)
        {
            throw new InvalidOperationException("There is no place.");
        }

        var handshake = HandshakeResult.Accept("", json ? Subprotocol.Json : null, null, ignoreCookies: true);
        var line = json ? null : new Participant(MemoryStore.Ana, _chat);
        var entry = new Entry(handshake, Address, line, Names.Lobby);
        _connections.Add((source, _endpoint.RunAsync(entry, source, sink, CancellationToken.None)));
        if (json)
        {
            source.Hand(ClientBytes.Message("""{"t":"hello","id":1,"v":1,"client":"bench","guest":{"name":"ana"}}"""));
            Patience.Until(() => source.IsWaiting);
            var before = sink.Bytes;
            source.Hand(ClientBytes.Message("""{"t":"sub","id":2,"room":"lobby"}"""));
            Patience.Until(() => sink.Bytes > before);
        }

        Patience.Until(() => source.IsWaiting);
        return source;
    }

    public void Dispose()
    {
        foreach (var (source, run) in _connections)
        {
            source.Hand(ReadOnlyMemory<byte>.Empty);
            Patience.Until(() => run.IsCompleted);
            run.GetAwaiter().GetResult();
        }

        _host.StopAsync().GetAwaiter().GetResult();
        _host.Dispose();
    }
}
