namespace Parley.Server.Storage;

/// <summary>
/// The durable truth: rooms, users, members and every room's log. It knows no connections and no rooms in memory.
/// Written for many nodes: an implementation may share its database with other processes.
/// </summary>
/// <remarks>
/// <see cref="WriteAsync"/> is called by one caller at a time (the event writer); reads come from anywhere, at any time,
/// and see what was committed before they began.
/// </remarks>
internal interface IEventStore : IAsyncDisposable
{
    /// <summary>Opens or creates the database, migrates its schema, and makes sure that the lobby exists.</summary>
    /// <returns>The epoch: a random string that names this incarnation of the database.</returns>
    /// <exception cref="StoreException">The database cannot be used; the message says why and what to do.</exception>
    Task<string> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Does all writes in one transaction, in order, and returns once it is durable. Sets each write's outcome.
    /// A refused write (duplicate, conflict) leaves the others alone. The writes and the memory in them are used again once they
    /// were answered: what is kept of them is copied.
    /// </summary>
    /// <exception cref="StoreException">Nothing of the batch was stored.</exception>
    Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a trifle, to learn whether the store takes writes. By the caller of <see cref="WriteAsync"/>, first of all after
    /// the opening and after a failure.
    /// </summary>
    /// <exception cref="StoreException">It does not.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Finds a user by name, without regard to case.</summary>
    Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads a room's events with seq greater than <paramref name="after"/>, ascending.</summary>
    /// <param name="limit">Most events to return.</param>
    /// <param name="maxBytes">The page ends after the event whose text brings the sum of text bytes to this or beyond.</param>
    Task<IReadOnlyList<StoredEvent>> ReadAsync(
        long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Reads the newest events with seq less than <paramref name="before"/>; returned ascending, same bounds.</summary>
    Task<IReadOnlyList<StoredEvent>> ReadBackAsync(
        long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken);

    /// <summary>All rooms.</summary>
    Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken);

    /// <summary>The members of one room, in no order.</summary>
    Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken);

    /// <summary>The ids of the rooms that a user is a member of, in no order.</summary>
    Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken);
}
