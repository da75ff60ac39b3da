namespace Parley.Faults.History;

/// <summary>
/// Something that one client did or saw, recorded when it was done or seen: what is sent is recorded before its first
/// byte leaves, what is received after its last byte came.
/// </summary>
/// <param name="Client">Who.</param>
public abstract record Entry(ClientId Client);

/// <summary>A connection is open; the client's earlier one, if any, is over.</summary>
public sealed record Begun(ClientId Client) : Entry(Client);

/// <summary>The connection is over, however it ended.</summary>
public sealed record Ended(ClientId Client) : Entry(Client);

/// <summary>The client asked to follow a room on this connection, by a cursor in <c>hello</c> or by <c>sub</c>.</summary>
/// <param name="After">Its cursor; null: only what comes.</param>
public sealed record Following(ClientId Client, string Room, long? After) : Entry(Client);

/// <summary>A replay ended.</summary>
/// <param name="Head">The head that it led to.</param>
/// <param name="SkippedFrom">First seq that the server said it passed over; 0 if none.</param>
/// <param name="SkippedTo">Last of them.</param>
/// <param name="Reset">Why the client has to begin again; null: it has not.</param>
public sealed record Synced(ClientId Client, string Room, long Head, long SkippedFrom, long SkippedTo, string? Reset) : Entry(Client);

/// <summary>An event came, wanted or not: as it was on the wire.</summary>
public sealed record Received(ClientId Client, string Room, long Seq, string By, string Kind, string? Cid, string? Text) : Entry(Client);

/// <summary>A message is about to be sent, for the first time or again.</summary>
public sealed record Sent(ClientId Client, string Room, string Cid, string Text) : Entry(Client);

/// <summary>A message was acked.</summary>
public sealed record Acked(ClientId Client, string Room, string Cid, long Seq, bool Dup) : Entry(Client);

/// <summary>A message was refused; the client may send it again later, as a new one.</summary>
public sealed record Refused(ClientId Client, string Room, string Cid) : Entry(Client);

/// <summary>The client is about to ask for membership.</summary>
public sealed record Joining(ClientId Client, string Room) : Entry(Client);

/// <summary>The client was told that it is a member.</summary>
public sealed record Joined(ClientId Client, string Room, long Seq) : Entry(Client);

/// <summary>The client was told that it is a member no more; that ends its following of the room.</summary>
public sealed record Left(ClientId Client, string Room, long Seq) : Entry(Client);

/// <summary>The client stopped following a room.</summary>
public sealed record Unfollowed(ClientId Client, string Room) : Entry(Client);

/// <summary>A message without a cid is about to be sent, once, in the line dialect; nobody will say what became of it.</summary>
/// <param name="Text">As in no other message of the run.</param>
public sealed record Said(ClientId Client, string Room, string Text) : Entry(Client);

/// <summary>
/// A try of a message was refused, whether or not its client heard of it, and whether or not another try was stored: its
/// place among the client's other messages is not known.
/// </summary>
public sealed record Failed(ClientId Client, string Room, string Cid) : Entry(Client);
