namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>What a database holds, and what is wrong with it.</summary>
public sealed record VerifyReport
{
    /// <summary>Full path of the database, or what was given for it.</summary>
    public required string File { get; init; }

    /// <summary>Its epoch; empty if it cannot be read.</summary>
    public string Epoch { get; init; } = "";

    /// <summary>Its rooms.</summary>
    public IReadOnlyList<VerifiedRoom> Rooms { get; init; } = [];

    /// <summary>Events in all rooms.</summary>
    public long Events { get; init; }

    /// <summary>How many of them have a hash; the others were stored with <c>Storage:HashChain</c> off.</summary>
    public long Hashed { get; init; }

    /// <summary>Its size in bytes, with what its write-ahead log holds; 0 if it cannot be read.</summary>
    public long Bytes { get; init; }

    /// <summary>One line per problem, the first 100; none for a sound database.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>How many problems there are.</summary>
    public long ProblemCount { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => ProblemCount == 0;
}

/// <summary>A room of a database.</summary>
/// <param name="Name">Its room id.</param>
/// <param name="Floor">Oldest seq held.</param>
/// <param name="Head">Newest seq; 0 if none.</param>
/// <param name="Hash">
/// Hash of the event at the head, 64 hex digits; null if it has none. Who notes it elsewhere can tell later that nothing up
/// to this event was replaced, not even by somebody who computed all hashes anew.
/// </param>
public sealed record VerifiedRoom(string Name, long Floor, long Head, string? Hash);
