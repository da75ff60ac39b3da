namespace Parley.Protocol.Messages;

/// <summary>The answer to <c>hello</c>.</summary>
public sealed record Welcome : ServerMessage
{
    /// <summary>Protocol version: 1.</summary>
    public required int V { get; init; }

    /// <summary>Incarnation of the database. Cursors of another epoch are void.</summary>
    public required string Epoch { get; init; }

    /// <summary>Who the server took you for.</summary>
    public required Identity You { get; init; }

    /// <summary>Server time, Unix milliseconds.</summary>
    public required long Now { get; init; }

    /// <summary>When the server pings, and how long it waits.</summary>
    public required HeartbeatTimes Hb { get; init; }

    /// <summary>The limits of this connection.</summary>
    public required Limits Limits { get; init; }

    /// <summary>Optional features of this server. None are defined yet.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>The rooms you are a member of, in order of id.</summary>
    public required IReadOnlyList<RoomState> Rooms { get; init; }
}

/// <summary>A user as named to itself.</summary>
public sealed record Identity
{
    /// <summary>User name.</summary>
    public required string Name { get; init; }

    /// <summary><c>guest</c>, later also <c>member</c>, <c>admin</c>, <c>owner</c>, <c>bot</c>.</summary>
    public required string Role { get; init; }
}

/// <summary>Heartbeat times.</summary>
public sealed record HeartbeatTimes
{
    /// <summary>Silence after which the server sends a WebSocket ping, in milliseconds.</summary>
    public required int EveryMs { get; init; }

    /// <summary>How long it then waits for any byte before it closes with 4408, in milliseconds.</summary>
    public required int TimeoutMs { get; init; }
}

/// <summary>Limits of a connection. 0 means no limit.</summary>
public sealed record Limits
{
    /// <summary>Largest frame or message a client may send, in bytes.</summary>
    public required int FrameBytes { get; init; }

    /// <summary>Longest text, in bytes of UTF-8.</summary>
    public required int TextBytes { get; init; }

    /// <summary>Most rooms followed at once.</summary>
    public required int Subscriptions { get; init; }

    /// <summary>Most connections of one user.</summary>
    public required int Connections { get; init; }

    /// <summary>Sends per second, sustained.</summary>
    public required double SendsPerS { get; init; }

    /// <summary>Sends at once after a pause.</summary>
    public required int SendBurst { get; init; }
}

/// <summary>A room as its member sees it.</summary>
public sealed record RoomState
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>Display name.</summary>
    public required string Name { get; init; }

    /// <summary><c>public</c>, later also <c>private</c>, <c>direct</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Newest seq; 0 in an empty room.</summary>
    public required long Head { get; init; }

    /// <summary>Oldest seq still held; 1 until something is purged.</summary>
    public required long Floor { get; init; }
}
