namespace Parley.Protocol.Requests;

/// <summary>Follow a room: <c>ok{head,floor}</c>, then events, then <c>synced</c>, then live events.</summary>
public sealed record Subscribe : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>Seq of the last event held. Absent: only what comes from now on.</summary>
    public long? After { get; init; }

    /// <summary>The epoch <see cref="After"/> belongs to. Absent: the one named in <c>hello</c>, or the current.</summary>
    public string? Epoch { get; init; }
}

/// <summary>Stop following a room. Answered by <c>ok</c>; no event of the room comes after it.</summary>
public sealed record Unsubscribe : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }
}
