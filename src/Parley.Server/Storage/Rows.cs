namespace Parley.Server.Storage;

/// <summary>A room as stored.</summary>
/// <param name="Id">Internal number; never on the wire.</param>
/// <param name="Name">The room id of the protocol, immutable.</param>
/// <param name="Title">Display name.</param>
/// <param name="Kind"><c>public</c>.</param>
/// <param name="Head">Newest seq; 0 if none.</param>
/// <param name="Floor">Oldest seq still held; 1 until something is purged.</param>
internal sealed record RoomRow(long Id, string Name, string Title, string Kind, long Head, long Floor);

/// <summary>A user as stored.</summary>
/// <param name="Id">Internal number; never on the wire.</param>
/// <param name="Name">Unique without regard to case.</param>
/// <param name="Role"><c>guest</c>.</param>
internal sealed record UserRow(long Id, string Name, string Role);
