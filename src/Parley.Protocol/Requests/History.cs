namespace Parley.Protocol.Requests;

/// <summary>Read a page of a room's past. Exactly one of <see cref="Before"/>, <see cref="After"/>, <see cref="Around"/>.</summary>
public sealed record History : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>Events with a smaller seq, the newest of them.</summary>
    public long? Before { get; init; }

    /// <summary>Events with a greater seq, the oldest of them.</summary>
    public long? After { get; init; }

    /// <summary>Events about this seq, half of the page on either side.</summary>
    public long? Around { get; init; }

    /// <summary>Most events in the page: 1 to 200. Default 50. A page also ends at 256 KiB of text.</summary>
    public int? Limit { get; init; }
}
