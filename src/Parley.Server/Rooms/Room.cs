using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>
/// A room in memory: its head, its members, and the feeds through which connections follow it. Its log is in the store;
/// <see cref="Publish"/> is called by the event writer alone, in the order of the log.
/// </summary>
internal sealed class Room
{
    private readonly Lock _gate = new();
    private readonly DeliveryLoops _loops;
    private readonly RoomFeed?[] _feeds = new RoomFeed?[2];
    private long _head;
    private TaskCompletionSource? _changed;

    private readonly Action<Room, UserRow, long> _memberLeft;

    /// <param name="row">As stored.</param>
    /// <param name="members">Its members.</param>
    /// <param name="loops">Who delivers.</param>
    /// <param name="memberLeft">Told the seq after which a user may see nothing more, before anything later is published.</param>
    public Room(RoomRow row, Membership members, DeliveryLoops loops, Action<Room, UserRow, long> memberLeft)
    {
        Row = row;
        Members = members;
        _loops = loops;
        _memberLeft = memberLeft;
        _head = row.Head;
    }

    /// <summary>As stored when it was loaded; its head may be old.</summary>
    public RoomRow Row { get; }

    /// <summary>Internal number.</summary>
    public long Id => Row.Id;

    /// <summary>The room id of the protocol.</summary>
    public string Name => Row.Name;

    /// <summary>Newest published seq.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>Oldest seq still held.</summary>
    public long Floor => Row.Floor;

    /// <summary>Who belongs to it.</summary>
    public Membership Members { get; }

    /// <summary>The newest published seq, at which this user is a member; null: it is none.</summary>
    public long? HeadOfMember(long userId)
    {
        // A join adds the member and moves the head under the lock; a part takes the member away before it moves the head.
        lock (_gate)
        {
            return Members.Contains(userId) ? _head : null;
        }
    }

    /// <summary>Follows the room through an outlet, from a cursor on, which the caller may choose knowing the head.</summary>
    /// <param name="outlet">The connection's writing half.</param>
    /// <param name="encoder">The connection's dialect.</param>
    /// <param name="begin">Chooses, given the head, the cursor and what ends the replay.</param>
    public Subscription Subscribe(Outlet outlet, IEventEncoder encoder, Func<long, ReplayPlan> begin)
    {
        lock (_gate)
        {
            var plan = begin(_head);
            var feed = _feeds[encoder.Index] ??= new RoomFeed(Id, Name, _head, encoder, _loops);
            feed.Subscribers++;
            return new Subscription(outlet, feed, plan.Cursor) { Synced = plan.Synced, SyncedAt = plan.SyncedAt };
        }
    }

    /// <summary>Ends a subscription; the last one takes the feed's memory with it.</summary>
    public void Unsubscribe(Subscription subscription, IEventEncoder encoder)
    {
        subscription.End();
        lock (_gate)
        {
            if (--subscription.Feed.Subscribers == 0 && _feeds[encoder.Index] == subscription.Feed)
            {
                _feeds[encoder.Index] = null;
            }
        }
    }

    /// <summary>Makes a committed event visible to every cursor. The event writer only; it calls <see cref="Wake"/> after the batch.</summary>
    public void Publish(in StoredEvent stored, UserRow by, Subscription? silentFor, PublishScratch scratch)
    {
        silentFor?.Skip(stored.Seq);
        if (stored.Kind == EventKind.Part)
        {
            Members.Remove(by.Id);
            _memberLeft(this, by, stored.Seq);
        }

        lock (_gate)
        {
            if (stored.Kind == EventKind.Join)
            {
                Members.Add(by);
            }

            foreach (var feed in _feeds)
            {
                feed?.Publish(stored, scratch.Payload);
            }

            Volatile.Write(ref _head, stored.Seq);
        }

        scratch.Events++;
        scratch.Touched.Add(this);
    }

    /// <summary>Has the loops deliver what was published, and releases those who wait for a new head.</summary>
    public void Wake()
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = null;
            foreach (var feed in _feeds)
            {
                feed?.Wake();
            }
        }

        changed?.SetResult();
    }

    /// <summary>Sends a signal to the subscribers of one dialect that are not behind; nothing if there are none.</summary>
    public void Signal(IEventEncoder encoder, ReadOnlySpan<byte> payload)
    {
        RoomFeed? feed;
        lock (_gate)
        {
            feed = _feeds[encoder.Index];
        }

        feed?.Signal(payload);
    }

    /// <summary>Waits until the head is beyond a seq.</summary>
    public Task WaitBeyondAsync(long seq, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_head > seq)
            {
                return Task.CompletedTask;
            }

            _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _changed.Task.WaitAsync(cancellationToken);
        }
    }
}

/// <summary>Where a subscription begins, and what ends its replay.</summary>
/// <param name="Cursor">Seq of the last event that the client holds, or is told that it skips.</param>
/// <param name="Synced">Payload to send once <paramref name="SyncedAt"/> was delivered; null: none.</param>
/// <param name="SyncedAt">The head when the replay began.</param>
internal readonly record struct ReplayPlan(long Cursor, byte[]? Synced, long SyncedAt);
