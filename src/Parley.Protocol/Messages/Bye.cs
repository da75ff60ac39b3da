namespace Parley.Protocol.Messages;

/// <summary>The server is about to close this connection.</summary>
public sealed record Bye : ServerMessage
{
    /// <summary>The close code that follows.</summary>
    public required int Code { get; init; }

    /// <summary>For people.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether to come back.</summary>
    public required bool Reconnect { get; init; }

    /// <summary>When to come back, in milliseconds; spread so that not everybody comes at once.</summary>
    public int? AfterMs { get; init; }
}

/// <summary>The answer to <c>ping</c>.</summary>
public sealed record Pong : ServerMessage
{
    /// <summary>The request's <c>id</c>.</summary>
    public long? Re { get; init; }

    /// <summary>The number in the <c>ping</c>.</summary>
    public long Ts { get; init; }

    /// <summary>Server time, Unix milliseconds.</summary>
    public required long Now { get; init; }
}
