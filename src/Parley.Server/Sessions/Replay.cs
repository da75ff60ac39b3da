using System.Text.Json;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Server.Rooms;

namespace Parley.Server.Sessions;

/// <summary>Where a resuming client begins: the rules of resume, as a pure function.</summary>
internal static class Replay
{
    /// <summary>Plans the replay of a room.</summary>
    /// <param name="room">Room id.</param>
    /// <param name="head">Newest seq.</param>
    /// <param name="floor">Oldest seq held.</param>
    /// <param name="after">Seq of the last event that the client holds; null: it wants only what comes.</param>
    /// <param name="sameEpoch">Whether that seq is of this incarnation of the database.</param>
    /// <param name="limits">How long a replay may be.</param>
    public static ReplayPlan Plan(string room, long head, long floor, long? after, bool sameEpoch, RoomOptions limits)
    {
        if (after is not { } cursor)
        {
            return Begin(head, new Synced { Room = room, Head = head });
        }

        if (!sameEpoch || cursor > head || cursor < floor - 1)
        {
            var reason = !sameEpoch ? "epoch" : cursor > head ? "ahead" : "expired";
            return Begin(head, new Synced { Room = room, Head = head, Reset = true, Reason = reason });
        }

        if (head - cursor <= limits.ReplayMax)
        {
            return Begin(cursor, new Synced { Room = room, Head = head });
        }

        var from = head - Math.Min(limits.ReplayTail, limits.ReplayMax);
        var skipped = new SeqRange { From = cursor + 1, To = from };
        return Begin(from, new Synced { Room = room, Head = head, Skipped = skipped });
    }

    private static ReplayPlan Begin(long cursor, Synced synced) =>
        new(cursor, JsonSerializer.SerializeToUtf8Bytes(synced, WireJson.Strict.ServerMessage), synced.Head);
}
