namespace Parley.Protocol.Requests;

/// <summary>Create a public room and become its member. <c>conflict</c> if the id is taken.</summary>
public sealed record CreateRoom : ClientMessage
{
    /// <summary>Room id; see <see cref="Names.IsRoom"/>. Immutable.</summary>
    public required string Room { get; init; }

    /// <summary>Display name, at most 64 characters. Default: the id.</summary>
    public string? Name { get; init; }
}

/// <summary>Become a member. Idempotent.</summary>
public sealed record JoinRoom : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }
}

/// <summary>End the membership. Idempotent; ends every subscription of this user to the room.</summary>
public sealed record PartRoom : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }
}

/// <summary>Page through a room's members.</summary>
public sealed record Who : ClientMessage
{
    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>Page number, from 0; a page holds up to 200 users in order of name.</summary>
    public int? Page { get; init; }
}
