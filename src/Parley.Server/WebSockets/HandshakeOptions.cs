namespace Parley.Server.WebSockets;

/// <summary>What <see cref="Handshake"/> asks of an upgrade.</summary>
internal sealed record HandshakeOptions
{
    /// <summary>The hosts we answer to.</summary>
    public required HostRule Hosts { get; init; }

    /// <summary>
    /// Origins besides our own whose pages may use the session cookie, each <c>scheme://host[:port]</c>, compared
    /// whole and without regard to case. Default none.
    /// </summary>
    public IReadOnlyCollection<string> AllowedOrigins { get; init; } = [];

    /// <summary>Name of the session cookie: <c>parley_session</c> (default), or <c>__Host-parley_session</c> under TLS.</summary>
    public string SessionCookie { get; init; } = "parley_session";

    /// <summary>True to accept permessage-deflate when offered. Default false.</summary>
    public bool Deflate { get; init; }

    /// <summary>True for an endpoint without dialects, the echo: whatever subprotocols are offered, none is chosen. Default false.</summary>
    public bool IgnoreSubprotocols { get; init; }
}
