using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using Parley.Protocol;

namespace Parley.Client;

/// <summary>One WebSocket that speaks the JSON dialect: whole text messages in and out.</summary>
internal sealed class WireSocket : IDisposable
{
    private const int ReadBytes = 16_384;

    private readonly ClientWebSocket socket = new();
    private readonly ArrayBufferWriter<byte> message = new(ReadBytes);
    private readonly int maxMessageBytes;

    public WireSocket(int maxMessageBytes)
    {
        this.maxMessageBytes = maxMessageBytes;
        socket.Options.AddSubProtocol(Subprotocol.Json);
        socket.Options.CollectHttpResponseDetails = true;

        // Both ends of the protocol measure silence themselves.
        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Code and reason of the server's close frame, once <see cref="ReadAsync"/> has returned null.</summary>
    public (int Code, string Reason) Closed { get; private set; } = (CloseCode.Abnormal, "");

    /// <summary>The handshake.</summary>
    /// <returns>Null if it succeeded; else why not.</returns>
    public async Task<ConnectionEnd?> ConnectAsync(Uri server, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
        }
        catch (WebSocketException e)
        {
            return Refused(socket.HttpStatusCode, socket.HttpResponseHeaders, e);
        }

        return socket.SubProtocol == Subprotocol.Json
            ? null
            : new ConnectionEnd(CloseCode.Misuse, $"{server} does not speak {Subprotocol.Json}.", Reconnect: false);
    }

    /// <summary>The next message, valid until the next call.</summary>
    /// <returns>Null when the server closed; see <see cref="Closed"/>.</returns>
    /// <exception cref="WebSocketException">The line was cut, or the message is too large.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        message.ResetWrittenCount();
        while (true)
        {
            var result = await socket.ReceiveAsync(message.GetMemory(ReadBytes), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                Closed = ((int?)socket.CloseStatus ?? CloseCode.NoStatus, socket.CloseStatusDescription ?? "");
                return null;
            }

            message.Advance(result.Count);
            if (message.WrittenCount > maxMessageBytes)
            {
                throw new WebSocketException($"The server sent a message of more than {maxMessageBytes} bytes.");
            }

            if (result.EndOfMessage)
            {
                return message.WrittenMemory;
            }
        }
    }

    /// <summary>Sends one message. One call at a time.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken) =>
        socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>Sends our close frame, as an answer or as the first.</summary>
    public async Task CloseOutputAsync(CancellationToken cancellationToken)
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
    }

    public void Dispose() => socket.Dispose();

    private static ConnectionEnd Refused(
        HttpStatusCode status,
        IReadOnlyDictionary<string, IEnumerable<string>>? headers,
        WebSocketException error)
    {
        var reason = status == default
            ? error.InnerException?.Message ?? error.Message
            : $"The server refused the connection with HTTP status {(int)status}.";
        return status switch
        {
            HttpStatusCode.Unauthorized => new ConnectionEnd(CloseCode.Unauthorized, reason, Reconnect: false),
            HttpStatusCode.Forbidden => new ConnectionEnd(CloseCode.Forbidden, reason, Reconnect: false)
            {
                Error = ErrorCode.Forbidden,
            },
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.UpgradeRequired =>
                new ConnectionEnd(CloseCode.Misuse, reason, Reconnect: false) { Error = ErrorCode.BadRequest },
            _ => ConnectionEnd.Cut(reason) with { After = RetryAfter(headers) },
        };
    }

    private static TimeSpan? RetryAfter(IReadOnlyDictionary<string, IEnumerable<string>>? headers) =>
        headers is not null
        && headers.TryGetValue("Retry-After", out var values)
        && int.TryParse(values.FirstOrDefault(), System.Globalization.CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 0 and <= 3_600
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
