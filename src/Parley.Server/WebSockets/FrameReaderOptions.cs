namespace Parley.Server.WebSockets;

/// <summary>What a <see cref="FrameReader"/> accepts.</summary>
internal sealed record FrameReaderOptions
{
    /// <summary>Largest message, in bytes, as declared, as gathered and as inflated. Default 16 KiB; see <see cref="FrameReader.MaxMessageBytes"/>.</summary>
    public int MaxMessageBytes { get; init; } = 16 * 1024;

    /// <summary>Most frames of one message. Default 64; 0 sets no cap.</summary>
    public int MaxFragments { get; init; } = 64;

    /// <summary>True when the handshake agreed on permessage-deflate (RFC 7692). Default false.</summary>
    public bool Deflate { get; init; }

    /// <summary>True where binary messages are welcome: the echo endpoint. Default false.</summary>
    public bool AllowBinary { get; init; }
}
