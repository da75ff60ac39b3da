namespace Parley.Protocol.Messages;

/// <summary>Something of the moment: no seq, never stored, never replayed, dropped first under pressure.</summary>
public sealed record Signal : ServerMessage
{
    /// <summary><c>typing</c>, later also <c>presence</c>.</summary>
    public required string K { get; init; }

    /// <summary>Room id.</summary>
    public required string Room { get; init; }

    /// <summary>User name.</summary>
    public required string By { get; init; }

    /// <summary>For <c>typing</c>: whether the user types.</summary>
    public bool? On { get; init; }
}
