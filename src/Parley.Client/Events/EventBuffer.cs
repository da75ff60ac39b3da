namespace Parley.Client;

/// <summary>
/// Events between the receive loop (its only producer) and the application (its only consumer).
/// Bounded: when full the producer waits, or is told to let events go while an answer is awaited. See
/// <see cref="ChatClientOptions.EventBuffer"/>.
/// </summary>
/// <param name="capacity">Events held before the producer waits.</param>
/// <param name="answerAwaited">True while somebody waits for an answer that comes behind the events; called under a lock, must not block.</param>
internal sealed class EventBuffer(int capacity, Func<bool> answerAwaited)
{
    private const int Overshoot = 8;

    private readonly Lock gate = new();
    private readonly Queue<Delivery> queue = new();
    private readonly Doorbell arrived = new();
    private readonly Doorbell room = new();
    private bool completed;

    /// <summary>True while the producer waits for room.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>True when half of the buffer or more is free, so that what was let go may be asked for again.</summary>
    public bool IsLow
    {
        get
        {
            lock (gate)
            {
                return queue.Count <= capacity / 2;
            }
        }
    }

    /// <summary>Waits until there is room for an event.</summary>
    /// <returns><see langword="false"/>: let it go.</returns>
    public async ValueTask<bool> WaitForRoomAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                lock (gate)
                {
                    if (completed)
                    {
                        return false;
                    }

                    if (queue.Count < capacity)
                    {
                        return true;
                    }

                    if (answerAwaited())
                    {
                        return queue.Count < (long)capacity * Overshoot;
                    }

                    IsStalled = true;
                }

                await room.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            IsStalled = false;
        }
    }

    /// <summary>Looks again whether to wait: an answer is awaited now.</summary>
    public void Recheck() => room.Ring();

    /// <summary>Adds an event, in any case: one input of a room may release up to <see cref="RoomReplay.MaxHeld"/> held ones.</summary>
    public void Add(Delivery delivery)
    {
        lock (gate)
        {
            queue.Enqueue(delivery);
        }

        arrived.Ring();
    }

    /// <summary>Adds a signal if there is room; else drops it.</summary>
    public void TryAddSignal(Delivery delivery)
    {
        lock (gate)
        {
            if (completed || queue.Count >= capacity)
            {
                return;
            }

            queue.Enqueue(delivery);
        }

        arrived.Ring();
    }

    /// <summary>Takes the oldest event, waiting for one.</summary>
    /// <returns>Null once the buffer is completed and empty.</returns>
    public async ValueTask<Delivery?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (gate)
            {
                if (queue.TryDequeue(out var delivery))
                {
                    room.Ring();
                    return delivery;
                }

                if (completed)
                {
                    return null;
                }
            }

            await arrived.WaitAsync(cancellationToken);
        }
    }

    /// <summary>No more events: the consumer ends when it has taken the rest.</summary>
    public void Complete()
    {
        lock (gate)
        {
            completed = true;
        }

        arrived.Ring();
        room.Ring();
    }

    /// <summary>Undoes <see cref="Complete"/>, for another start of the client.</summary>
    public void Reopen()
    {
        lock (gate)
        {
            completed = false;
        }
    }
}
