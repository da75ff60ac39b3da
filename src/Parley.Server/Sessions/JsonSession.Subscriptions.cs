using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;
using Parley.Server.Delivery;
using Parley.Server.Rooms;

namespace Parley.Server.Sessions;

/// <content>Following rooms, and resuming where a client left off.</content>
internal sealed partial class JsonSession
{
    private void Subscribe(Participant me, Subscribe request)
    {
        if (Readable(me, request.Room, request.Id) is not { } room)
        {
            return;
        }

        if (request.After is < 0)
        {
            Refuse(request.Id, new Refusal(ErrorCode.BadRequest, "\"after\" is a seq, from 0 up."));
            return;
        }

        EndSubscription(room);
        if (IsFull())
        {
            Refuse(request.Id, new Refusal(ErrorCode.Quota, "This connection follows as many rooms as it may; unsub from one."));
            return;
        }

        if (Follow(me, room, request.After, request.Epoch ?? _epoch) is not { } subscription)
        {
            Refuse(request.Id, Refusal.NotMember);
            return;
        }

        Reply(new Ok { Re = request.Id, Head = subscription.SyncedAt, Floor = room.Floor });
        outlet.Attach(subscription);
    }

    private void Unsubscribe(Unsubscribe request)
    {
        if (chat.Rooms.Find(request.Room) is { } room)
        {
            EndSubscription(room);
        }

        Reply(new Ok { Re = request.Id });
    }

    /// <summary>Goes on from a cursor given in <c>hello</c>.</summary>
    private void Resume(Participant me, string name, long after)
    {
        if (me.Find(name) is { } room && !IsFull() && Follow(me, room, Math.Max(0, after), _epoch) is { } subscription)
        {
            outlet.Attach(subscription);
        }
        else
        {
            Reply(new Synced { Room = name, Head = 0, Reset = true, Reason = "not_found" });
        }
    }

    /// <summary>Follows a room, or returns null if it may not be read.</summary>
    private Subscription? Follow(Participant me, Room room, long? after, string? epoch)
    {
        var sameEpoch = epoch is null || epoch == chat.State.Epoch;
        var subscription = room.Subscribe(
            outlet,
            JsonEncoder.Instance,
            head => Replay.Plan(room.Name, head, room.Floor, after, sameEpoch, chat.RoomLimits));
        lock (_gate)
        {
            _subscriptions[room] = subscription;
        }

        // Asked only now: a leaving from here on finds the subscription and ends it.
        if (me.CanRead(room))
        {
            return subscription;
        }

        EndSubscription(room);
        return null;
    }

    private bool IsFull()
    {
        if (_subscriptions.Count < chat.ConnectionLimits.MaxSubscriptions)
        {
            return false;
        }

        // Those that a leaving has ended are only counted out when their place is needed.
        foreach (var room in _subscriptions.Where(s => s.Value.IsEnding).Select(s => s.Key).ToList())
        {
            EndSubscription(room);
        }

        return _subscriptions.Count >= chat.ConnectionLimits.MaxSubscriptions;
    }

    private void EndSubscription(Room room)
    {
        Subscription? subscription;
        lock (_gate)
        {
            _subscriptions.Remove(room, out subscription);
        }

        if (subscription is not null)
        {
            room.Unsubscribe(subscription, JsonEncoder.Instance);
        }
    }
}
