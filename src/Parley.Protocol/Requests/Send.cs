namespace Parley.Protocol.Requests;

/// <summary>Post a message. <c>ok{seq,ts}</c> comes after it is durable.</summary>
public sealed record Send : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>
    /// Idempotency key; see <see cref="Names.IsCid(ReadOnlySpan{char})"/>. Unique per user for as long as the message exists. Null: none, and
    /// sent again it is another message.
    /// </summary>
    public string? Cid { get; init; }

    /// <summary>1 to 16,384 bytes of UTF-8.</summary>
    public required string Text { get; init; }
}
