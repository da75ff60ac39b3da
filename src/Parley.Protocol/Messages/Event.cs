namespace Parley.Protocol.Messages;

/// <summary>An entry of a room's log, the same bytes for every subscriber.</summary>
public sealed record Event : ServerMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>Place in the room's log: 1, 2, 3 … without holes.</summary>
    public required long Seq { get; init; }

    /// <summary>Server time, Unix milliseconds; for display, never for order.</summary>
    public required long Ts { get; init; }

    /// <summary>Name of the user who caused it.</summary>
    public required string By { get; init; }

    /// <summary>See <see cref="EventKind"/>.</summary>
    public required string K { get; init; }

    /// <summary>The sender's idempotency key, by which it knows its own.</summary>
    public string? Cid { get; init; }

    /// <summary>Text of a <c>msg</c>; display name in a <c>room</c>.</summary>
    public string? Text { get; init; }
}
