namespace Parley.Protocol.Messages;

/// <summary>A request was refused; the connection lives on.</summary>
public sealed record Error : ServerMessage
{
    /// <summary>The request's <c>id</c>, if it could be read.</summary>
    public long? Re { get; init; }

    /// <summary>Why.</summary>
    public required ErrorCode Code { get; init; }

    /// <summary>For people: what was wrong and what to do.</summary>
    public required string Msg { get; init; }

    /// <summary>True: the same request may succeed later.</summary>
    public bool Temp { get; init; }

    /// <summary>When to try again, in milliseconds.</summary>
    public int? RetryMs { get; init; }
}
