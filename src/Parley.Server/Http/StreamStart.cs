using Parley.Server.Rooms;

namespace Parley.Server.Http;

/// <summary>Where a stream begins.</summary>
/// <param name="Cursor">Seq of the last event that the reader holds.</param>
/// <param name="Reset">Why it cannot be where the reader was; null: it is.</param>
internal readonly record struct StreamStart(long Cursor, string? Reset)
{
    /// <summary>Chooses the start: the reader's last event id, else the seq it gave, else the head.</summary>
    /// <remarks>Unlike a WebSocket's replay, a stream skips nothing: whoever reads it cannot fill a gap later.</remarks>
    public static StreamStart Of(Room room, string epoch, string? lastEventId, long? after)
    {
        var head = room.Head;
        if (!string.IsNullOrEmpty(lastEventId))
        {
            if (!Protocol.Cursor.TryParse(lastEventId, out var held) || held.Epoch != epoch)
            {
                return new StreamStart(head, "epoch");
            }

            after = held.Seq;
        }

        if (after is not { } cursor)
        {
            return new StreamStart(head, null);
        }

        return cursor > head ? new StreamStart(head, "ahead")
            : cursor < room.Floor - 1 ? new StreamStart(head, "expired")
            : new StreamStart(cursor, null);
    }
}
