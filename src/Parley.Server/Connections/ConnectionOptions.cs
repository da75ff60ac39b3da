using System.ComponentModel.DataAnnotations;

namespace Parley.Server.Connections;

/// <summary>Limits of client connections. Section <c>Connections</c>; checked at start.</summary>
public sealed class ConnectionOptions
{
    /// <summary>Largest frame or message accepted from a client, in bytes. Default 65,536.</summary>
    [Range(1_024, 1_048_576)]
    public int MaxFrameBytes { get; set; } = 65_536;

    /// <summary>The same before <c>hello</c>. Default 16,384.</summary>
    [Range(1_024, 1_048_576)]
    public int MaxHelloBytes { get; set; } = 16_384;

    /// <summary>Most frames that make one message. Default 64.</summary>
    [Range(1, 65_536)]
    public int MaxFragments { get; set; } = 64;

    /// <summary>Whether <c>permessage-deflate</c> is agreed to when a client offers it. Default false.</summary>
    public bool Deflate { get; set; }

    /// <summary>Most connections at once; one more gets 503. 0: no limit. Default 50,000.</summary>
    [Range(0, 1_000_000)]
    public int MaxConnections { get; set; } = 50_000;

    /// <summary>Most connections from one address; one more gets 429. 0: no limit. Default 256.</summary>
    [Range(0, 1_000_000)]
    public int MaxPerAddress { get; set; } = 256;

    /// <summary>
    /// Most TCP connections at once that are not a WebSocket, or not yet; for one more, the one that has been without a whole
    /// request longest is closed, or itself if all have made one. 0: no limit. Default 4,096.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxPending { get; set; } = 4_096;

    /// <summary>The same from one address; one more is closed unanswered. 0: no limit. Default 256.</summary>
    [Range(0, 1_000_000)]
    public int MaxPendingPerAddress { get; set; } = 256;

    /// <summary>Most connections of one user; one more closes with 4429. 0: no limit. Default 20.</summary>
    [Range(0, 1_000_000)]
    public int MaxPerUser { get; set; } = 20;

    /// <summary>Most rooms followed by one connection. Default 500.</summary>
    [Range(1, 100_000)]
    public int MaxSubscriptions { get; set; } = 500;

    /// <summary>How long a client may take for its <c>hello</c>. Default 10 s.</summary>
    [TimeRange(1, 600)]
    public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a message may stay unfinished. Default 10 s.</summary>
    [TimeRange(1, 600)]
    public TimeSpan MessageTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which the server sends a ping. Default 20 s.</summary>
    [TimeRange(1, 3600)]
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long it then waits for any byte. Default 10 s.</summary>
    [TimeRange(1, 3600)]
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one write may wait without any progress. Default 60 s.</summary>
    [TimeRange(1, 3600)]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait for the peer's end after our close frame and FIN. Default 2 s.</summary>
    [TimeRange(0.1, 60)]
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Most control frames of one client in 10 s. Default 200.</summary>
    [Range(1, 1_000_000)]
    public int MaxControlFrames { get; set; } = 200;

    /// <summary>On a restart, clients are asked to come back spread over this time. Default 5 s.</summary>
    [TimeRange(0, 600)]
    public TimeSpan ReturnSpread { get; set; } = TimeSpan.FromSeconds(5);
}
