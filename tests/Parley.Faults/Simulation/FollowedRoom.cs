namespace Parley.Faults.Simulation;

/// <summary>A room as a JSON device knows it.</summary>
internal sealed class FollowedRoom(string name)
{
    public string Name { get; } = name;

    /// <summary>Whether it wants to be a member.</summary>
    public bool Wanted { get; set; } = true;

    /// <summary>Whether it wants its events.</summary>
    public bool Follows { get; set; } = true;

    /// <summary>Whether it was told that it is a member.</summary>
    public bool Joined { get; set; }

    /// <summary>Whether a request that changes the membership or the following is under way.</summary>
    public bool Busy { get; set; }

    /// <summary>Whether it has asked to follow it on this connection.</summary>
    public bool Following { get; set; }

    /// <summary>Whether its replay is over.</summary>
    public bool Live { get; set; }

    /// <summary>Seq of the last event held.</summary>
    public long Cursor { get; set; }

    /// <summary>Seq of the last event that came since it began to follow, or where it began.</summary>
    public long Position { get; set; }

    /// <summary>Whether the replay has left something out, which its end will name.</summary>
    public bool Gap { get; set; }

    /// <summary>What the end of a replay said was left out, and has not been fetched; 0: nothing.</summary>
    public long GapFrom { get; set; }

    public long GapTo { get; set; }

    /// <summary>Whether it has asked for what was left out.</summary>
    public bool Filling { get; set; }

    /// <summary>The connection is over.</summary>
    public void Lose() => (Busy, Following, Live, Gap, Filling) = (false, false, false, false, false);

    /// <summary>It is no member any more.</summary>
    public void Leave() => (Joined, Following, Live, Gap) = (false, false, false, false);
}

/// <summary>A message until it is acked.</summary>
internal sealed record Outgoing(string Cid, string Room, string Text);
