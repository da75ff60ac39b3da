using System.Globalization;

namespace Parley.Server.WebSockets;

/// <summary>What became of an upgrade request: accepted with what was agreed on, or refused with what to answer.</summary>
internal sealed class HandshakeResult
{
    private HandshakeResult()
    {
    }

    /// <summary>True to answer 101; then <see cref="AcceptKey"/> is set. Otherwise <see cref="StatusCode"/> says no.</summary>
    public bool IsAccepted => AcceptKey is not null;

    /// <summary>Value of <c>Sec-WebSocket-Accept</c>.</summary>
    public string? AcceptKey { get; private init; }

    /// <summary>The subprotocol chosen; <see langword="null"/> when none was offered, which is the line dialect.</summary>
    public string? Subprotocol { get; private init; }

    /// <summary>Value of <c>Sec-WebSocket-Extensions</c>; <see langword="null"/> without an extension.</summary>
    public string? Extensions { get; private init; }

    /// <summary>True when permessage-deflate was agreed on: hand it to <see cref="FrameReaderOptions.Deflate"/>.</summary>
    public bool Deflate => Extensions is not null;

    /// <summary>True when a bearer token came along, and so neither origin nor cookies were looked at: sign in by the token alone.</summary>
    public bool IgnoreCookies { get; private init; }

    /// <summary>Status of a refusal, or 101.</summary>
    public int StatusCode { get; private init; } = StatusCodes.Status101SwitchingProtocols;

    /// <summary>One line that says what is wrong and what to do. Holds nothing of the request.</summary>
    public string Body { get; private init; } = "";

    /// <summary>Headers that the refusal carries besides the usual.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private init; } = [];

    /// <summary>Accepts the upgrade.</summary>
    public static HandshakeResult Accept(string acceptKey, string? subprotocol, string? extensions, bool ignoreCookies) => new()
    {
        AcceptKey = acceptKey,
        Subprotocol = subprotocol,
        Extensions = extensions,
        IgnoreCookies = ignoreCookies,
    };

    /// <summary>Refuses the upgrade.</summary>
    public static HandshakeResult Refuse(int statusCode, string body, params KeyValuePair<string, string>[] headers) => new()
    {
        StatusCode = statusCode,
        Body = body,
        Headers = headers,
    };

    /// <summary>Refuses for now (429, 503), with a <c>Retry-After</c> in whole seconds, rounded up.</summary>
    public static HandshakeResult RefuseFor(TimeSpan retryAfter, int statusCode, string body) =>
        Refuse(statusCode, body, KeyValuePair.Create(
            "Retry-After", Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
}
