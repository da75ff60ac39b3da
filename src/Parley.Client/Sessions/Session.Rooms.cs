using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <summary>The followed rooms.</summary>
internal sealed partial class Session
{
    private static readonly TimeSpan RetrySub = TimeSpan.FromSeconds(1);

    // A sub on its way, and whether a caller waits for its answer.
    private readonly Dictionary<long, (RoomReplay Room, bool IsAwaited)> subscribing = [];
    private long subsPausedUntil = long.MinValue;

    /// <summary>An event came; waits while the application is behind.</summary>
    public async ValueTask ReceivedAsync(Event entry, CancellationToken cancellationToken)
    {
        var hasRoom = await Events.WaitForRoomAsync(cancellationToken);
        lock (gate)
        {
            if (!rooms.TryGetValue(entry.Room, out var room))
            {
                return;
            }

            if (!hasRoom)
            {
                room.LetGo();
                return;
            }

            room.Apply(entry, epoch, output);
            Applied(room);
        }
    }

    /// <summary>A replay ended; waits while the application is behind.</summary>
    public async ValueTask ReceivedAsync(Synced synced, CancellationToken cancellationToken)
    {
        var hasRoom = await Events.WaitForRoomAsync(cancellationToken);
        lock (gate)
        {
            if (!rooms.TryGetValue(synced.Room, out var room))
            {
                return;
            }

            if (!hasRoom)
            {
                room.LetGo();
                return;
            }

            room.Apply(synced, epoch, output);
            Applied(room);
        }
    }

    /// <summary>A signal came.</summary>
    public void Received(Signal signal)
    {
        lock (gate)
        {
            if (rooms.ContainsKey(signal.Room))
            {
                Events.TryAddSignal(new Delivery(new SignalReceived(signal), null, null));
            }
        }
    }

    /// <summary>The application has processed an event.</summary>
    public void Processed(Delivery delivery)
    {
        lock (gate)
        {
            Store(delivery);
        }

        if (Events.IsLow)
        {
            Bell.Ring();
        }
    }

    public bool Follows(string room)
    {
        lock (gate)
        {
            return rooms.ContainsKey(room);
        }
    }

    /// <summary>Begins to follow a room, or to follow it from another place.</summary>
    /// <param name="room">Room id.</param>
    /// <param name="after">Seq of the last event held; null: only what comes from now on.</param>
    /// <param name="undo">Puts it back as it was.</param>
    public Subscribe Follow(string room, long? after, out Action undo)
    {
        lock (gate)
        {
            var before = rooms.GetValueOrDefault(room);
            var replay = new RoomReplay(room, after is { } seq ? new Cursor(epoch, seq) : null);
            rooms[room] = replay;
            var request = replay.BeginBySub(NextId());
            subscribing[request.Id!.Value] = (replay, true); // Set by the line before.
            undo = () => Undo(replay, before);
            return request;
        }
    }

    /// <summary>The room is not followed any more.</summary>
    public void Unfollow(string room)
    {
        lock (gate)
        {
            rooms.Remove(room);
            options.StateStore.RemoveCursor(room);
        }
    }

    private void Undo(RoomReplay replay, RoomReplay? before)
    {
        lock (gate)
        {
            if (rooms.GetValueOrDefault(replay.Room) != replay)
            {
                return;
            }

            if (before is null)
            {
                rooms.Remove(replay.Room);
            }
            else
            {
                before.Disconnected();
                rooms[replay.Room] = before;
                Bell.Ring();
            }
        }
    }

    private Subscribe? TakeSubscribe(long now)
    {
        if (now < subsPausedUntil)
        {
            return null;
        }

        foreach (var room in rooms.Values)
        {
            if (room.WantsReplay && (!room.IsBehind || Events.IsLow))
            {
                var request = room.BeginBySub(NextId());
                subscribing[request.Id!.Value] = (room, false); // Set by the line before.
                return request;
            }
        }

        return null;
    }

    private void SubRefused(long request, Error error)
    {
        if (!subscribing.Remove(request, out var sub) || sub.IsAwaited || rooms.GetValueOrDefault(sub.Room.Room) != sub.Room)
        {
            return;
        }

        var room = sub.Room;

        if (error.Temp || error.Code.IsTemporary())
        {
            var delay = error.RetryMs is { } after ? TimeSpan.FromMilliseconds(after) : RetrySub;
            subsPausedUntil = options.TimeProvider.GetTimestamp() + ToTicks(delay);
            room.SubRefused();
            Bell.Ring();
            return;
        }

        if (room.Cursor is not null)
        {
            Events.Add(new Delivery(new RoomReset(room.Room, error.Code.WireName(), 0), room, null));
        }

        rooms.Remove(room.Room);
    }

    private void Applied(RoomReplay room)
    {
        Flush();
        if (room.HasEnded)
        {
            rooms.Remove(room.Room);
        }
        else if (room.WantsReplay)
        {
            Bell.Ring();
        }
    }

    private void Store(Delivery delivery)
    {
        if (delivery.From is not { } from)
        {
            return;
        }

        var current = rooms.GetValueOrDefault(from.Room);
        if (delivery.Cursor is { } cursor && current == from)
        {
            options.StateStore.SetCursor(from.Room, cursor);
        }
        else if (delivery.Cursor is null && (current is null || current == from))
        {
            options.StateStore.RemoveCursor(from.Room);
        }
    }

    private long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * options.TimeProvider.TimestampFrequency);
}
