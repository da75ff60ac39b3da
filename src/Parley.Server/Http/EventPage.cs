using Parley.Server.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Http;

/// <summary>Events of a room's log, in order, as far as they are published.</summary>
/// <param name="Events">The events, ascending.</param>
/// <param name="Head">The room's head before they were read.</param>
internal readonly record struct EventPage(IReadOnlyList<StoredEvent> Events, long Head)
{
    /// <summary>Reads the events after a seq.</summary>
    /// <param name="store">The store.</param>
    /// <param name="room">The room.</param>
    /// <param name="after">Seq of the last event that the reader holds.</param>
    /// <param name="limit">Most events.</param>
    /// <param name="maxBytes">The page ends after the event whose text brings it to this or beyond.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<EventPage> ReadAsync(
        IEventStore store, Room room, long after, int limit, int maxBytes, CancellationToken cancellationToken)
    {
        var head = room.Head;
        if (after >= head)
        {
            return new EventPage([], head);
        }

        var events = await store.ReadAsync(room.Id, after, (int)Math.Min(limit, head - after), maxBytes, cancellationToken);

        // What was committed but not published yet is left for the next page.
        return new EventPage(events.Count > 0 && events[^1].Seq > head ? [.. events.Where(e => e.Seq <= head)] : events, head);
    }
}
