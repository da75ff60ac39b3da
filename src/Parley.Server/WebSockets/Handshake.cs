using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Parley.Protocol;

namespace Parley.Server.WebSockets;

/// <summary>
/// The server's side of the opening handshake (RFC 6455 §4.2): judges a request by its headers alone, then upgrades
/// or refuses it. Who signs in and whether there is room is decided elsewhere.
/// </summary>
internal static class Handshake
{
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Judges a request. Reads it only; nothing of it comes back in the result's body.</summary>
    public static HandshakeResult Judge(HttpContext context, HandshakeOptions options)
    {
        HttpRequest request = context.Request;
        return JudgeRequest(request, options) ?? JudgeUpgrade(context) ?? JudgeOrigin(request, options) ?? Agree(request, options);
    }

    /// <summary>The head of the 101 for a connection that is upgraded below HTTP.</summary>
    public static string Answer(HandshakeResult result)
    {
        var protocol = result.Subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {result.Subprotocol}\r\n";
        var extensions = result.Extensions is null ? "" : $"Sec-WebSocket-Extensions: {result.Extensions}\r\n";
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Accept: {result.AcceptKey}\r\n{protocol}{extensions}\r\n";
    }

    /// <summary>Answers 101 with what was agreed on.</summary>
    /// <returns>The connection's bytes in both directions. The connection ends when the request's handler returns.</returns>
    public static async Task<Stream> AcceptAsync(HttpContext context, HandshakeResult result)
    {
        IHttpUpgradeFeature feature = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        IHeaderDictionary headers = context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.Connection = "Upgrade";
        headers.SecWebSocketAccept = result.AcceptKey;
        if (result.Subprotocol is not null)
        {
            headers.SecWebSocketProtocol = result.Subprotocol;
        }

        if (result.Extensions is not null)
        {
            headers.SecWebSocketExtensions = result.Extensions;
        }

        return await feature.UpgradeAsync();
    }

    /// <summary>Answers a refusal: status, headers and the one line as <c>text/plain</c>.</summary>
    public static Task RefuseAsync(HttpContext context, HandshakeResult result, CancellationToken cancellationToken)
    {
        HttpResponse response = context.Response;
        response.StatusCode = result.StatusCode;
        response.ContentType = "text/plain; charset=utf-8";
        foreach ((string name, string value) in result.Headers)
        {
            response.Headers[name] = value;
        }

        return response.WriteAsync(result.Body + "\n", cancellationToken);
    }

    private static HandshakeResult? JudgeRequest(HttpRequest request, HandshakeOptions options)
    {
        if (!HttpMethods.IsGet(request.Method))
        {
            return HandshakeResult.Refuse(
                StatusCodes.Status405MethodNotAllowed, "A WebSocket is opened with GET.", KeyValuePair.Create("Allow", "GET"));
        }

        if (HttpProtocol.IsHttp10(request.Protocol) || HttpProtocol.IsHttp09(request.Protocol))
        {
            return Refuse("HTTP/1.0 cannot upgrade; use HTTP/1.1.");
        }

        if (!options.Hosts.Allows(request.Host))
        {
            return Refuse("This host name is not known here; use a known name or an IP address, or add the name to the server's allowed hosts.");
        }

        return request.Query.ContainsKey("token") || request.Query.ContainsKey("access_token")
            ? Refuse("A token never goes in the address, where logs keep it; send it in the header 'Authorization: Bearer', and replace this one.")
            : null;
    }

    private static HandshakeResult? JudgeUpgrade(HttpContext context)
    {
        IHeaderDictionary headers = context.Request.Headers;
        if (!HttpProtocol.IsHttp11(context.Request.Protocol)
            || !Lists(headers.Upgrade, "websocket")
            || !Lists(headers.Connection, "Upgrade")
            || context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: false })
        {
            return RefuseUpgrade("This address speaks WebSocket; connect with a WebSocket client over HTTP/1.1.");
        }

        if (headers.SecWebSocketVersion.Count != 1 || headers.SecWebSocketVersion != "13")
        {
            return RefuseUpgrade("Only version 13 of WebSocket is spoken here; send 'Sec-WebSocket-Version: 13'.");
        }

        return IsKey(headers.SecWebSocketKey) ? null : Refuse("Sec-WebSocket-Key must be given once and be 16 bytes in base64.");
    }

    // A browser attaches the cookie to any page's WebSocket, and no CORS check stands in the way (RFC 6455 §10.2).
    private static HandshakeResult? JudgeOrigin(HttpRequest request, HandshakeOptions options)
    {
        if (HasBearer(request))
        {
            return null;
        }

        StringValues origin = request.Headers.Origin;
        if (origin.Count == 0)
        {
            return request.Cookies.ContainsKey(options.SessionCookie)
                ? Forbid("A session cookie without an Origin is not accepted; programs sign in with 'Authorization: Bearer'.")
                : null;
        }

        string given = origin.ToString();
        return IsOwn(given, request) || options.AllowedOrigins.Contains(given, StringComparer.OrdinalIgnoreCase)
            ? null
            : Forbid("Pages of this origin may not connect; open the chat from its own address, or add the origin to the server's allowed origins.");
    }

    private static HandshakeResult Agree(HttpRequest request, HandshakeOptions options)
    {
        string? chosen = null;
        if (!options.IgnoreSubprotocols)
        {
            string[] offered = [.. HeaderTokens.Of(request.Headers.SecWebSocketProtocol)];
            chosen = Array.Find(offered, name => name is Subprotocol.Json or Subprotocol.Text);
            if (chosen is null && offered.Length > 0)
            {
                return Refuse($"None of the subprotocols offered is known; offer {Subprotocol.Json} or {Subprotocol.Text}, or none for plain lines.");
            }
        }

        string? extensions = options.Deflate ? DeflateOffer.Choose(request.Headers.SecWebSocketExtensions) : null;
        return HandshakeResult.Accept(AcceptKey(request.Headers.SecWebSocketKey.ToString()), chosen, extensions, HasBearer(request));
    }

    private static bool Lists(StringValues header, string token) =>
        HeaderTokens.Of(header).Contains(token, StringComparer.OrdinalIgnoreCase);

    private static bool HasBearer(HttpRequest request) =>
        request.Headers.Authorization is { Count: 1 } value
        && value.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    /// <summary>True if an origin is that of the address which the request came to.</summary>
    internal static bool IsOwn(string origin, HttpRequest request)
    {
        // An origin leaves out its scheme's port (RFC 6454 §6.2); a Host header may name it.
        HostString host = request.Host;
        bool usual = host.Port == (request.IsHttps ? 443 : 80);
        string own = $"{request.Scheme}://{(usual ? host.Host : host.Value)}";
        return string.Equals(origin, own, StringComparison.OrdinalIgnoreCase);
    }

    // 24 characters leave no room for the white space that the decoder would forgive.
    private static bool IsKey(StringValues values) =>
        values.Count == 1 && values.ToString() is { Length: 24 } key
        && Convert.TryFromBase64String(key, stackalloc byte[18], out int length) && length == 16;

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 §4.2.2 prescribes SHA-1; it proves that we read the header, and guards nothing.")]
    private static string AcceptKey(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix)));

    private static HandshakeResult Refuse(string body) => HandshakeResult.Refuse(StatusCodes.Status400BadRequest, body);

    private static HandshakeResult Forbid(string body) => HandshakeResult.Refuse(StatusCodes.Status403Forbidden, body);

    // RFC 6455 §4.4 asks for the version; RFC 9110 §7.8 for Upgrade, and for Connection to name it.
    private static HandshakeResult RefuseUpgrade(string body) => HandshakeResult.Refuse(
        StatusCodes.Status426UpgradeRequired,
        body,
        KeyValuePair.Create("Sec-WebSocket-Version", "13"),
        KeyValuePair.Create("Upgrade", "websocket"),
        KeyValuePair.Create("Connection", "Upgrade, close"));
}
