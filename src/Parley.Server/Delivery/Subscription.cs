namespace Parley.Server.Delivery;

/// <summary>
/// One connection following one room: a cursor into the room's log. After it was attached, only the connection's
/// delivery loop touches it, but for <see cref="End"/>, <see cref="Skip"/> and the page that a catch-up reader hands in.
/// </summary>
internal sealed class Subscription(Outlet outlet, RoomFeed feed, long cursor)
{
    private readonly Lock _skipGate = new();
    private Queue<long>? _skips;
    private long _nextSkip = long.MaxValue;
    private long _endAt = long.MaxValue;
    private bool _ended;
    private bool _paging;

    /// <summary>The connection's writing half.</summary>
    public Outlet Outlet { get; } = outlet;

    /// <summary>The room's log in the connection's dialect.</summary>
    public RoomFeed Feed { get; } = feed;

    /// <summary>Seq of the last event handed to the sink.</summary>
    public long Cursor { get; set; } = cursor;

    /// <summary>Where the cursor was last found: a segment of the log, or a page from the store. Null while parked.</summary>
    public Segment? Segment { get; set; }

    /// <summary>Payload of the frame that ends the replay; null once it was sent, or if there is no replay.</summary>
    public byte[]? Synced { get; set; }

    /// <summary>Seq after which <see cref="Synced"/> is sent.</summary>
    public long SyncedAt { get; set; }

    /// <summary>Index in its group; -1 while not attached.</summary>
    public int GroupIndex { get; set; } = -1;

    /// <summary>True once the client stopped following; nothing is sent from then on.</summary>
    public bool Ended => Volatile.Read(ref _ended);

    /// <summary>True while a catch-up reader fetches a page for it.</summary>
    public bool Paging => Volatile.Read(ref _paging);

    /// <summary>The next seq to pass over in silence; <see cref="long.MaxValue"/> if none.</summary>
    public long NextSkip => Volatile.Read(ref _nextSkip);

    /// <summary>True when it has all there is and is live.</summary>
    public bool IsCaughtUp => Synced is null && !Paging && Cursor >= Feed.Log.Tail;

    /// <summary>Seq of the last event it may see: that of the member's leaving.</summary>
    public long EndAt => Volatile.Read(ref _endAt);

    /// <summary>True once it has ended, or is to end after an event.</summary>
    public bool IsEnding => Ended || EndAt != long.MaxValue;

    /// <summary>
    /// Ends the delivery after an event; the first end counts, however far behind the subscription is: what comes after it is
    /// for members. By the event writer, before a later event is published.
    /// </summary>
    public void EndAfter(long seq)
    {
        Volatile.Write(ref _endAt, Math.Min(seq, _endAt));
        Outlet.ScheduleScan();
    }

    /// <summary>Stops the delivery. From any thread.</summary>
    public void End()
    {
        int waiting;
        lock (_skipGate)
        {
            Volatile.Write(ref _ended, true);
            waiting = _skips?.Count ?? 0;
            _skips = null;
        }

        Outlet.Owe(-waiting);
        Outlet.ScheduleScan();
    }

    /// <summary>
    /// Passes over an event in silence: the line dialect does not send a client its own messages. Called by the event
    /// writer before it publishes the seq. Bounded: while too many wait, the connection's requests are not read.
    /// </summary>
    public void Skip(long seq)
    {
        lock (_skipGate)
        {
            if (Ended)
            {
                return;
            }

            (_skips ??= new Queue<long>()).Enqueue(seq);
            if (_skips.Count == 1)
            {
                Volatile.Write(ref _nextSkip, seq);
            }
        }

        Outlet.Owe(1);
    }

    /// <summary>The cursor has passed <see cref="NextSkip"/>. Loop only.</summary>
    public void PassSkip()
    {
        lock (_skipGate)
        {
            if (_skips is null)
            {
                return; // It has ended: nothing more is sent.
            }

            _skips.Dequeue();
            Volatile.Write(ref _nextSkip, _skips.TryPeek(out var next) ? next : long.MaxValue);
        }

        Outlet.Owe(-1);
    }

    /// <summary>A catch-up reader will fetch the next page. Loop only.</summary>
    public void BeginPaging()
    {
        Segment = null;
        Volatile.Write(ref _paging, true);
    }

    /// <summary>Hands in the page that follows the cursor, and wakes the loop. By the catch-up reader.</summary>
    public void EndPaging(Segment? page)
    {
        Segment = page;
        Volatile.Write(ref _paging, false);
        Outlet.ScheduleScan();
    }
}
