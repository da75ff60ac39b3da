using Parley.Server.WebSockets;

namespace Parley.Server.Delivery;

/// <summary>
/// The writing half of one connection. Its delivery loop alone writes to the sink: first the outbox (replies and
/// control frames), then what its subscriptions' cursors have not seen. When the peer does not read, the outlet parks:
/// it holds the rest of one frame and nothing else, until the sink can take more.
/// </summary>
internal sealed partial class Outlet(IFrameSink sink, DeliveryLoops loops, int loopIndex, TimeProvider time) : LoopWork
{
    private readonly DeliveryLoop _loop = loops[loopIndex];

    // Loop only.
    private readonly List<Subscription> _subscriptions = new(1);
    private Task _parking = Task.CompletedTask;
    private bool _parked;

    private OneTimeSignal _finished;
    private OneTimeSignal _letGo;
    private int _scan;
    private int _resumed;
    private int _broken;
    private long _parkedAt;

    /// <summary>True once the close frame and FIN were sent, or the connection broke.</summary>
    public bool IsFinished => _finished.IsSet;

    /// <summary>See <see cref="IFrameSink.CanHalfClose"/>.</summary>
    public bool CanHalfClose => sink.CanHalfClose;

    /// <summary>True when nothing can be sent any more.</summary>
    public bool IsBroken => Volatile.Read(ref _broken) != 0;

    /// <summary>True while a write waits for the peer to make room.</summary>
    public bool IsParked => Volatile.Read(ref _parkedAt) != 0;

    /// <summary>How long the write in progress has been waiting without any progress; zero when none is.</summary>
    public TimeSpan StuckFor
    {
        get
        {
            var since = Volatile.Read(ref _parkedAt);
            return since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);
        }
    }

    /// <summary>Has the loop look at every subscription of the connection. From any thread.</summary>
    public void ScheduleScan()
    {
        Volatile.Write(ref _scan, 1);
        _loop.Schedule(this);
    }

    /// <summary>Ends the writing half at once: the owner is about to close the connection. From any thread.</summary>
    public void Break()
    {
        Interlocked.Exchange(ref _broken, 1);
        _finished.Set();
        ReleaseWaiter();
        ScheduleScan();
    }

    /// <summary>Waits until <see cref="IsFinished"/>.</summary>
    public Task WhenFinishedAsync() => _finished.WaitAsync();

    /// <summary>Waits until the loop will not touch the sink any more and no write is under way. After <see cref="Break"/>.</summary>
    public async Task WhenLetGoAsync()
    {
        await _letGo.WaitAsync();
        await _parking;
    }

    public override void Run()
    {
        if (Interlocked.Exchange(ref _resumed, 0) != 0)
        {
            _parked = false;
            Volatile.Write(ref _parkedAt, 0);
        }

        TakeArrivals();
        var scan = Interlocked.Exchange(ref _scan, 0) != 0;
        if (scan)
        {
            RemoveEnded();
        }

        if (IsBroken)
        {
            _letGo.Set(); // No group has it, and a broken outlet sends nothing.
        }
        else if (_parked)
        {
            LetGoOfSegments();
        }
        else if (FlushOutbox() && scan)
        {
            foreach (var subscription in _subscriptions)
            {
                Deliver(subscription);
            }
        }
    }

    /// <summary>Sends what the subscription's cursor has not seen, as far as the sink takes it. Loop only.</summary>
    public void Deliver(Subscription subscription)
    {
        while (true)
        {
            // Read before the outbox is emptied: what was replied before an event was published stands before it on the wire.
            var tail = Math.Min(subscription.Feed.Log.Tail, subscription.EndAt);
            if (!CanDeliver(subscription))
            {
                return;
            }

            if (subscription.Synced is { } synced)
            {
                tail = Math.Min(tail, subscription.SyncedAt);
                if (subscription.Cursor >= tail)
                {
                    subscription.Synced = null;
                    Enqueue(Opcode.Text, synced);
                    continue;
                }
            }

            if (subscription.Cursor >= tail)
            {
                if (subscription.Cursor >= subscription.EndAt)
                {
                    subscription.End();
                }

                return;
            }

            var next = subscription.Cursor + 1;
            if (next == subscription.NextSkip)
            {
                subscription.Cursor = next;
                subscription.PassSkip();
                continue;
            }

            if (FindSegment(subscription, next) is not { } segment)
            {
                subscription.Feed.RequestPage(subscription);
                return;
            }

            SendFrames(subscription, segment, next, Math.Min(Math.Min(tail, segment.LastSeq), subscription.NextSkip - 1));
        }
    }

    /// <summary>Sends signals to a subscription that is caught up. Loop only.</summary>
    public void DeliverSignals(Subscription subscription, ReadOnlyMemory<byte> frames)
    {
        if (CanDeliver(subscription))
        {
            if (Hand(frames, out var taken) == SinkState.Blocked)
            {
                Park(frames[taken..].ToArray(), null, close: false);
            }
        }
    }

    // The outbox goes first.
    private bool CanDeliver(Subscription subscription) =>
        !_parked && !subscription.Paging && FlushOutbox() && !subscription.Ended && !IsClosing;

    private static Segment? FindSegment(Subscription subscription, long seq)
    {
        var segment = subscription.Segment;
        if (segment is null || seq > segment.LastSeq)
        {
            segment = segment?.Next is { } next && seq <= next.LastSeq ? next : subscription.Feed.Log.Find(seq);
            subscription.Segment = segment;
        }

        return segment;
    }

    private void SendFrames(Subscription subscription, Segment segment, long from, long to)
    {
        var frames = segment.Frames(from, to);
        subscription.Cursor = to;
        _loop.Tally.CountEvents(frames.IsEmpty ? 0 : to - from + 1);
        if (frames.IsEmpty || Hand(frames, out var taken) == SinkState.Ready || IsBroken)
        {
            return;
        }

        if (taken == frames.Length)
        {
            Park(ReadOnlyMemory<byte>.Empty, null, close: false);
            return;
        }

        // A frame begun must be ended before anything else goes out. It is copied, so that a stalled client holds one
        // frame and not a segment.
        var rest = segment.Rest(from, taken, out var seq).ToArray();
        subscription.Cursor = seq;
        _loop.Tally.CountEvents(seq - to);
        Park(rest, null, close: false);
    }

    private SinkState Hand(ReadOnlyMemory<byte> bytes, out int taken)
    {
        var state = sink.Send(bytes, out taken);
        _loop.Tally.CountSend(taken);
        if (state == SinkState.Broken)
        {
            Break();
        }

        return state;
    }

    private void Park(ReadOnlyMemory<byte> rest, byte[]? rented, bool close)
    {
        _parked = true;
        MarkProgress();
        LetGoOfSegments();
        if (!rest.IsEmpty)
        {
            _loop.Tally.CountSend(rest.Length);
        }

        _parking = FinishAsync(rest, rented, close);
    }

    private void MarkProgress() => Volatile.Write(ref _parkedAt, time.GetTimestamp());

    private async Task FinishAsync(ReadOnlyMemory<byte> rest, byte[]? rented, bool close)
    {
        try
        {
            await sink.FinishAsync(rest, MarkProgress);
            if (close)
            {
                CloseWrite();
            }
        }
        catch (IOException)
        {
            Break();
        }

        if (rented is not null)
        {
            loops.Outboxes.Return(rented);
        }

        Interlocked.Exchange(ref _resumed, 1);
        ScheduleScan();
    }

    // Segments are linked forward: one that is held holds all that followed it.
    private void LetGoOfSegments()
    {
        foreach (var subscription in _subscriptions)
        {
            if (!subscription.Paging)
            {
                subscription.Segment = null;
            }
        }
    }

    private void TakeArrivals()
    {
        if (TakeNewSubscriptions() is not { } arrivals)
        {
            return;
        }

        foreach (var subscription in arrivals)
        {
            _subscriptions.Add(subscription);
            subscription.Feed.GroupOf(loopIndex).Add(subscription);
        }

        Volatile.Write(ref _scan, 1);
    }

    private void RemoveEnded()
    {
        for (var i = _subscriptions.Count - 1; i >= 0; i--)
        {
            var subscription = _subscriptions[i];
            if (subscription.Ended || IsBroken)
            {
                subscription.Feed.GroupOf(loopIndex).Remove(subscription);
                subscription.Segment = null;
                _subscriptions.RemoveAt(i);
            }
        }
    }
}
