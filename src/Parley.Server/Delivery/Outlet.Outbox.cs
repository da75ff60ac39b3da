using Parley.Server.WebSockets;

namespace Parley.Server.Delivery;

/// <content>
/// The outbox: replies, pongs and the close frame, encoded, in the order in which they were given. Bounded: while more
/// than <see cref="DeliveryOptions.OutboxBytes"/> wait, the connection's requests are not read, so all that can still
/// come are the answers to requests under way.
/// </content>
internal sealed partial class Outlet
{
    private const int MaxOwed = 1_024;

    private readonly Lock _outboxGate = new();
    private List<Subscription>? _arrivals;
    private byte[]? _outbox;
    private int _outboxLength;
    private int _owed;
    private bool _closeQueued;
    private int _closeCode;
    private int _closeSent;
    private bool _closing;
    private TaskCompletionSource? _space;

    /// <summary>True once a close frame was given: nothing but what stands before it is sent.</summary>
    public bool IsClosing => Volatile.Read(ref _closing);

    /// <summary>Code of the close frame that was sent; null if none was.</summary>
    public int? CloseSent => Volatile.Read(ref _closeSent) is var code and not 0 ? code : null;

    /// <summary>Bytes waiting in the outbox.</summary>
    public int Waiting => Volatile.Read(ref _outboxLength);

    /// <summary>What is still owed to the connection; see <see cref="Owe"/>.</summary>
    public int Owed => Volatile.Read(ref _owed);

    /// <summary>Gives a frame to the outbox. From any thread; ignored after the close frame.</summary>
    public void Enqueue(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        lock (_outboxGate)
        {
            if (_closeQueued || IsBroken)
            {
                return;
            }

            var space = Reserve(FrameWriter.MaxHeader + payload.Length);
            var header = FrameWriter.WriteHeader(space, opcode, payload.Length);
            payload.CopyTo(space[header..]);
            _outboxLength += header + payload.Length;
        }

        _loop.Schedule(this);
    }

    /// <summary>Gives the close frame, after which FIN is sent. From any thread; the first one counts.</summary>
    public void Close(int code, string reason)
    {
        lock (_outboxGate)
        {
            if (_closeQueued)
            {
                return;
            }

            _closeQueued = true;
            _closeCode = code;
            _outboxLength += FrameWriter.WriteClose(Reserve(FrameWriter.MaxControlFrame), code, reason);
        }

        Volatile.Write(ref _closing, true);
        _loop.Schedule(this);
    }

    /// <summary>Adds a subscription, which begins to be served at once. From any thread.</summary>
    public void Attach(Subscription subscription)
    {
        lock (_outboxGate)
        {
            (_arrivals ??= []).Add(subscription);
        }

        ScheduleScan();
    }

    /// <summary>
    /// Counts what is still owed to the connection: requests without their answer, and its own messages that its cursor
    /// has yet to pass over. While 1,024 are owed, its requests are not read. From any thread.
    /// </summary>
    public void Owe(int change)
    {
        var owed = Interlocked.Add(ref _owed, change);
        if (owed < MaxOwed && owed - change >= MaxOwed)
        {
            ReleaseWaiter();
        }
    }

    /// <summary>Waits while the connection has more to read than it should, so that its requests wait too.</summary>
    public ValueTask WaitForSpaceAsync()
    {
        lock (_outboxGate)
        {
            if (!IsCongested || IsBroken)
            {
                return ValueTask.CompletedTask;
            }

            _space ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_space.Task);
        }
    }

    private bool IsCongested => _outboxLength > loops.Options.OutboxBytes || Volatile.Read(ref _owed) >= MaxOwed;

    /// <summary>Hands the outbox to the sink. False when nothing more may be handed over now. Loop only.</summary>
    private bool FlushOutbox()
    {
        while (!_parked && !IsBroken)
        {
            if (Volatile.Read(ref _outboxLength) == 0)
            {
                return true;
            }

            byte[] buffer;
            int length;
            bool close;
            lock (_outboxGate)
            {
                if (_outbox is null)
                {
                    return true;
                }

                buffer = _outbox;
                length = _outboxLength;
                close = _closeQueued;
                _outbox = null;
                _outboxLength = 0;
            }

            ReleaseWaiter();
            var state = Hand(buffer.AsMemory(0, length), out var taken);
            if (state == SinkState.Blocked)
            {
                Park(buffer.AsMemory(taken, length - taken), buffer, close);
                return false;
            }

            loops.Outboxes.Return(buffer);
            if (close && state == SinkState.Ready)
            {
                CloseWrite();
                return false;
            }
        }

        return false;
    }

    private void CloseWrite()
    {
        Volatile.Write(ref _closeSent, _closeCode);
        sink.CloseWrite();
        _finished.Set();
    }

    private Span<byte> Reserve(int size)
    {
        if (_outbox is null)
        {
            _outbox = loops.Outboxes.Rent(size);
        }
        else if (_outbox.Length - _outboxLength < size)
        {
            var larger = loops.Outboxes.Rent(Math.Max(_outbox.Length * 2, _outboxLength + size));
            _outbox.AsSpan(0, _outboxLength).CopyTo(larger);
            loops.Outboxes.Return(_outbox);
            _outbox = larger;
        }

        return _outbox.AsSpan(_outboxLength);
    }

    private List<Subscription>? TakeNewSubscriptions()
    {
        lock (_outboxGate)
        {
            var arrivals = _arrivals;
            _arrivals = null;
            return arrivals;
        }
    }

    private void ReleaseWaiter()
    {
        TaskCompletionSource? waiter;
        lock (_outboxGate)
        {
            if (IsCongested && !IsBroken)
            {
                return;
            }

            waiter = _space;
            _space = null;
        }

        waiter?.TrySetResult();
    }
}
