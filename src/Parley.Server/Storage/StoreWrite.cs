namespace Parley.Server.Storage;

/// <summary>One write of a batch; see <see cref="IEventStore.WriteAsync"/>.</summary>
internal abstract class StoreWrite;

/// <summary>What became of an <see cref="AppendEvent"/>.</summary>
internal enum AppendOutcome
{
    /// <summary>Not written yet, or its batch failed.</summary>
    None,

    /// <summary>Stored; Seq and Ts are its place and time.</summary>
    Stored,

    /// <summary>The same user stored the same content under this cid before; Seq and Ts are those of the first time.</summary>
    Duplicate,

    /// <summary>The same user stored other content under this cid.</summary>
    Conflict,

    /// <summary>A join of a member or a part of a non-member: nothing to store. Seq is the room's head.</summary>
    Unchanged,

    /// <summary>
    /// Of members only, and its author is none at this place of the log: not stored, nor ever was under this cid. Seq is the
    /// room's head.
    /// </summary>
    NotMember,
}

/// <summary>
/// Append one event to a room's log. The store assigns the next seq inside the transaction.
/// Kind <c>join</c> also adds the user to the members, <c>part</c> removes it.
/// </summary>
internal class AppendEvent : StoreWrite
{
    /// <summary>Internal number of an existing room.</summary>
    public required long RoomId { get; set; }

    /// <summary>Internal number of an existing user.</summary>
    public required long UserId { get; set; }

    /// <summary>See <see cref="Protocol.EventKind"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>Idempotency key, unique per user, UTF-8; empty: none.</summary>
    public ReadOnlyMemory<byte> Cid { get; set; }

    /// <summary>
    /// Whether only a member may write it, as the members are at its place in the log: after everything before it in the batch,
    /// and in other processes. A repeat is answered as the first time even so. Not for joins and parts. Default false.
    /// </summary>
    public bool MembersOnly { get; set; }

    /// <summary>UTF-8 text; empty for kinds without.</summary>
    public ReadOnlyMemory<byte> Text { get; set; }

    /// <summary>In: the server's time, Unix milliseconds. Out: that of the first time for a duplicate.</summary>
    public long Ts { get; set; }

    /// <summary>Out.</summary>
    public AppendOutcome Outcome { get; set; }

    /// <summary>Out: place in the room's log.</summary>
    public long Seq { get; set; }
}

/// <summary>
/// Create a public room; its log begins with a <c>room</c> event (text: the title) and the creator's <c>join</c>.
/// </summary>
internal class CreateRoom : StoreWrite
{
    /// <summary>Room id of the protocol.</summary>
    public required string Name { get; init; }

    /// <summary>Display name.</summary>
    public required string Title { get; init; }

    /// <summary>The creator, an existing user.</summary>
    public required long UserId { get; init; }

    /// <summary>The server's time, Unix milliseconds.</summary>
    public required long Ts { get; init; }

    /// <summary>Out: the new room, or null if the name is taken.</summary>
    public RoomRow? Created { get; set; }
}

/// <summary>Find a user by name, without regard to case, or create a guest of that name.</summary>
internal class EnsureGuest : StoreWrite
{
    /// <summary>User name, valid by <see cref="Protocol.Names.IsUser"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The server's time, Unix milliseconds.</summary>
    public required long Ts { get; init; }

    /// <summary>Room that a guest who is created here becomes a member of, with a <c>join</c>; null: none. Default null.</summary>
    public long? HomeId { get; init; }

    /// <summary>Out: the user; spelled as it was first created.</summary>
    public UserRow? User { get; set; }

    /// <summary>Out: seq of the <c>join</c>; 0: none, the user was there or was given no room.</summary>
    public long JoinSeq { get; set; }
}
