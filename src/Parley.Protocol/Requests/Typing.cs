namespace Parley.Protocol.Requests;

/// <summary>Tell the room that the user types. No answer; may be lost.</summary>
public sealed record Typing : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>True while typing.</summary>
    public required bool On { get; init; }
}

/// <summary>Measure the round trip. Answered by <c>pong</c>.</summary>
public sealed record Ping : ClientMessage
{
    /// <summary>Any number of the client's; returned as it is.</summary>
    public long Ts { get; init; }
}
