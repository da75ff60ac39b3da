using Parley.Protocol;

namespace Parley.Client;

/// <summary>How one connection ended, and what to do next.</summary>
/// <param name="Code">The close code; 1006 when there was none.</param>
/// <param name="Reason">For people.</param>
/// <param name="Reconnect">False: the client stops.</param>
internal sealed record ConnectionEnd(int Code, string Reason, bool Reconnect)
{
    /// <summary>When to come back, if the server named a time.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>The error the server gave, if it gave one.</summary>
    public ErrorCode? Error { get; init; }

    /// <summary>How long the connection was live; zero if it never was.</summary>
    public TimeSpan LiveFor { get; init; }

    /// <summary>True if the WebSocket handshake failed: what answered may be a proxy whose server is away.</summary>
    public bool InHandshake { get; init; }

    /// <summary>True if the server said <c>welcome</c>.</summary>
    public bool Welcomed { get; init; }

    /// <summary>The line is cut or useless; come back.</summary>
    public static ConnectionEnd Cut(string reason) => new(CloseCode.Abnormal, reason, Reconnect: true);

    /// <summary>The exception for callers that wait for something that now never comes.</summary>
    public ChatException ToException() => new(
        Error ?? Code switch
        {
            CloseCode.Unauthorized => ErrorCode.Unauthorized,
            CloseCode.Forbidden => ErrorCode.Banned,
            CloseCode.UpgradeRequired => ErrorCode.Unsupported,
            CloseCode.Misuse or CloseCode.ProtocolError or CloseCode.InvalidPayload => ErrorCode.BadRequest,
            CloseCode.TooBig => ErrorCode.TooLarge,
            CloseCode.PolicyViolation => ErrorCode.Forbidden,
            CloseCode.Normal => ErrorCode.Busy,
            _ => Reconnect ? ErrorCode.Busy : ErrorCode.Unknown,
        },
        Reason,
        After,
        Code);
}
