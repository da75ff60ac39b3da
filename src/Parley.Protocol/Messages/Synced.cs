namespace Parley.Protocol.Messages;

/// <summary>Ends a replay: everything up to <see cref="Head"/> was sent, but for what <see cref="Skipped"/> names.</summary>
public sealed record Synced : ServerMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>The head when the replay began; the cursor of the client from now on.</summary>
    public required long Head { get; init; }

    /// <summary>True: drop what you hold of this room and ask <c>hist</c>.</summary>
    public bool? Reset { get; init; }

    /// <summary>Why: <c>epoch</c>, <c>ahead</c>, <c>expired</c>, <c>not_found</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>What was not replayed. Record it as a gap and fill it with <c>hist</c> when needed.</summary>
    public SeqRange? Skipped { get; init; }
}

/// <summary>An inclusive range of seqs.</summary>
public sealed record SeqRange
{
    /// <summary>First seq.</summary>
    public required long From { get; init; }

    /// <summary>Last seq.</summary>
    public required long To { get; init; }
}
