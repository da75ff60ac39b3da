using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Parley.Protocol;
using Parley.Server.Accounts;
using Parley.Server.Delivery;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Transport;
using Parley.Server.WebSockets;

namespace Parley.Server.Connections;

/// <summary><c>GET /ws</c>: judges the handshake, takes a place, and serves the connection in the dialect asked for.</summary>
internal sealed class WebSocketEndpoint(ParleyOptions options, ChatServices chat, DeliveryLoops loops, ILogger<Connection> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly HandshakeOptions _handshake = new()
    {
        Hosts = new HostRule(options.Hosts),
        AllowedOrigins = [.. options.Origins],
        Deflate = chat.ConnectionLimits.Deflate,
    };

    private readonly FrameReaderOptions _plain = ReaderOptions(chat.ConnectionLimits, deflate: false);
    private readonly FrameReaderOptions _deflated = ReaderOptions(chat.ConnectionLimits, deflate: true);

    /// <summary>Serves one request of the web server; returns when its connection has ended.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var entry = await AdmitAsync(context, context.Connection.RemoteIpAddress ?? IPAddress.None);
        if (entry.Refusal is not null)
        {
            await Handshake.RefuseAsync(context, entry.Refusal, context.RequestAborted);
            return;
        }

        if (loops.Options.SendBufferBytes > 0 && context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.SendBufferSize = loops.Options.SendBufferBytes;
        }

        Stream stream;
        try
        {
            stream = await Handshake.AcceptAsync(context, entry.Handshake);
        }
        catch
        {
            chat.Connections.Release(entry.Address);
            throw;
        }

        context.Features.Get<PendingPlace>()?.Leave();
        await RunAsync(entry, new StreamSource(stream, context.Abort), new StreamSink(stream), context.RequestAborted);
    }

    /// <summary>Judges an upgrade, and takes a place for it unless it is refused.</summary>
    /// <param name="context">The request.</param>
    /// <param name="address">Where it comes from.</param>
    public async ValueTask<Entry> AdmitAsync(HttpContext context, IPAddress address)
    {
        var result = Handshake.Judge(context, _handshake);
        if (!result.IsAccepted)
        {
            return new Entry(result, address);
        }

        if (chat.Connections.TryTake(address) is var admittance and not Admittance.Free)
        {
            return new Entry(Full(admittance), address);
        }

        var entry = new Entry(result, address);
        if (result.Subprotocol != Subprotocol.Json)
        {
            try
            {
                entry = await AdmitLineAsync(context.Request, entry);
            }
            catch (OperationCanceledException)
            {
                chat.Connections.Release(address);
                throw;
            }
        }

        if (entry.Refusal is not null)
        {
            chat.Connections.Release(address);
        }

        return entry;
    }

    /// <summary>Serves an admitted connection to its end, and gives back its place.</summary>
    /// <param name="entry">What was agreed on.</param>
    /// <param name="source">What the client sends after the request; disposed of at the end.</param>
    /// <param name="sink">Where frames leave.</param>
    /// <param name="cancellationToken">The line was cut.</param>
    public Task RunAsync(Entry entry, IByteSource source, IFrameSink sink, CancellationToken cancellationToken)
    {
        // Nothing here waits, so that an open connection keeps no state of its beginning.
        var reader = new FrameReader(entry.Handshake.Deflate ? _deflated : _plain);
        var outlet = new Outlet(sink, loops, loops.Next(), chat.Time);
        var connection = new Connection(source, reader, outlet, entry.Address, chat, logger);
        connection.Session = entry.Line is null
            ? new JsonSession(connection, outlet, chat)
            : new LineSession(entry.Line, entry.Room, connection, outlet, chat);
        return connection.RunAsync(cancellationToken);
    }

    private static FrameReaderOptions ReaderOptions(ConnectionOptions limits, bool deflate) => new()
    {
        MaxMessageBytes = limits.MaxHelloBytes,
        MaxFragments = limits.MaxFragments,
        Deflate = deflate,
    };

    private async ValueTask<Entry> AdmitLineAsync(HttpRequest request, Entry entry)
    {
        var room = request.Query["room"].FirstOrDefault() ?? Names.Lobby;
        if (!Names.IsRoom(room))
        {
            return entry with
            {
                Handshake = HandshakeResult.Refuse(400, "A room id is 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or digit."),
            };
        }

        try
        {
            var credentials = new Credentials(Bearer(request), request.Query["name"].FirstOrDefault());
            var admission = await chat.Authenticator.AdmitAsync(credentials, request.HttpContext.RequestAborted);
            return admission.User is { } user
                ? entry with { Line = new Participant(user, chat), Room = room }
                : entry with { Handshake = HandshakeResult.Refuse(admission.Code == ErrorCode.Unauthorized ? 401 : 400, admission.Message) };
        }
        catch (StoreException e)
        {
            return entry with { Handshake = HandshakeResult.RefuseFor(RetryAfter, 503, Refusal.Of(e).Message) };
        }
    }

    /// <summary>The bearer token of a request, or null.</summary>
    internal static string? Bearer(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var value = request.Headers.Authorization.ToString();
        return value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..] : null;
    }

    private static HandshakeResult Full(Admittance admittance) => admittance == Admittance.AddressFull
        ? HandshakeResult.RefuseFor(RetryAfter, 429, "Too many connections from this address; close some, or raise Connections:MaxPerAddress.")
        : HandshakeResult.RefuseFor(RetryAfter, 503, "The server is full or stopping; try again soon.");
}
