namespace Parley.Protocol.Messages;

/// <summary>A request was done. Which fields are there depends on the request.</summary>
public sealed record Ok : ServerMessage
{
    /// <summary>The request's <c>id</c>.</summary>
    public long? Re { get; init; }

    /// <summary>Place of what was stored (<c>send</c>, <c>join</c>, <c>part</c>, <c>create</c>).</summary>
    public long? Seq { get; init; }

    /// <summary>When it was stored, Unix milliseconds.</summary>
    public long? Ts { get; init; }

    /// <summary>True: this <c>cid</c> was stored before; seq and ts are those of the first time.</summary>
    public bool? Dup { get; init; }

    /// <summary>Newest seq of the room (<c>sub</c>).</summary>
    public long? Head { get; init; }

    /// <summary>Oldest seq still held (<c>sub</c>, <c>hist</c>).</summary>
    public long? Floor { get; init; }

    /// <summary>Events of the page, in order of seq (<c>hist</c>).</summary>
    public IReadOnlyList<HistoryItem>? Msgs { get; init; }

    /// <summary>The seqs this page accounts for, also those without an item (<c>hist</c>); absent when it covers none.</summary>
    public SeqRange? Covers { get; init; }

    /// <summary>The head up to which the page is folded (<c>hist</c>).</summary>
    public long? Asof { get; init; }

    /// <summary>True: there is more in the asked direction (<c>hist</c>, <c>who</c>).</summary>
    public bool? More { get; init; }

    /// <summary>Members, in order of name (<c>who</c>).</summary>
    public IReadOnlyList<Member>? Users { get; init; }

    /// <summary>How many members the room has (<c>who</c>).</summary>
    public int? Count { get; init; }
}

/// <summary>One event in a history page.</summary>
public sealed record HistoryItem
{
    /// <summary>Place in the room's log.</summary>
    public required long Seq { get; init; }

    /// <summary>Server time, Unix milliseconds.</summary>
    public required long Ts { get; init; }

    /// <summary>Name of the user who caused it.</summary>
    public required string By { get; init; }

    /// <summary>See <see cref="EventKind"/>.</summary>
    public required string K { get; init; }

    /// <summary>The sender's idempotency key.</summary>
    public string? Cid { get; init; }

    /// <summary>Text of a <c>msg</c>.</summary>
    public string? Text { get; init; }
}

/// <summary>A member of a room.</summary>
public sealed record Member
{
    /// <summary>User name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether a connection of this user is open now.</summary>
    public required bool Online { get; init; }
}
