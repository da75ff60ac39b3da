namespace Parley.Protocol;

/// <summary>WebSocket close codes (RFC 6455 §7.4.1, and our 44xx which mirror the HTTP status of the same meaning).</summary>
public static class CloseCode
{
    /// <summary>Normal end. Do not reconnect.</summary>
    public const int Normal = 1000;

    /// <summary>The peer goes away. Reconnect.</summary>
    public const int GoingAway = 1001;

    /// <summary>The peer broke RFC 6455. Do not reconnect.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A binary frame; only text is understood. Do not reconnect.</summary>
    public const int UnsupportedFrame = 1003;

    /// <summary>A close frame without a code. Never sent.</summary>
    public const int NoStatus = 1005;

    /// <summary>The connection ended without a close frame. Never sent.</summary>
    public const int Abnormal = 1006;

    /// <summary>Invalid UTF-8, or broken deflate. Do not reconnect.</summary>
    public const int InvalidPayload = 1007;

    /// <summary>Abuse: too many fragments, control frames or bad requests. Do not reconnect.</summary>
    public const int PolicyViolation = 1008;

    /// <summary>A frame or message over the limit. Do not reconnect.</summary>
    public const int TooBig = 1009;

    /// <summary>A fault of the server. Reconnect with backoff.</summary>
    public const int InternalError = 1011;

    /// <summary>The server restarts. Reconnect after <c>bye.after_ms</c>.</summary>
    public const int Restarting = 1012;

    /// <summary>Cannot be served now. Reconnect after <c>bye.after_ms</c>.</summary>
    public const int TryAgainLater = 1013;

    /// <summary>Valid WebSocket, but not our protocol: no <c>hello</c> first, or two of them. Do not reconnect.</summary>
    public const int Misuse = 4400;

    /// <summary>Unauthorized, or the token ended. Sign in, then reconnect.</summary>
    public const int Unauthorized = 4401;

    /// <summary>Banned. Do not reconnect.</summary>
    public const int Forbidden = 4403;

    /// <summary>No <c>hello</c> in time, no pong, or one write stuck. Reconnect.</summary>
    public const int Timeout = 4408;

    /// <summary>Protocol version not supported. Do not reconnect.</summary>
    public const int UpgradeRequired = 4426;

    /// <summary>Too many connections of this user or address. Reconnect after a delay.</summary>
    public const int TooManyConnections = 4429;

    /// <summary>True when a client should reconnect after this code without asking its user.</summary>
    public static bool ShouldReconnect(int code) => code switch
    {
        Normal or ProtocolError or UnsupportedFrame or InvalidPayload or PolicyViolation or TooBig => false,
        Misuse or Unauthorized or Forbidden or UpgradeRequired => false,
        _ => true,
    };
}
