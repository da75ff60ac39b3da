namespace Parley.Server.Rooms;

/// <summary>
/// Messages that were answered and wait to be used again, each with its memory, so that a message costs none. From any thread.
/// Bounded: at most 8 MiB wait here, which is that of 32,768 short messages; what would be more is left to the garbage collector.
/// </summary>
internal sealed class SpareEvents
{
    private const int MaxBytes = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<PendingEvent> _events = new();
    private int _bytes;

    /// <summary>A message to be filled. It comes back by <see cref="PendingEvent.Release"/>; one that does not is lost, and no harm.</summary>
    public PendingEvent Take()
    {
        lock (_gate)
        {
            if (_events.TryPop(out var spare))
            {
                _bytes -= spare.Capacity;
                return spare;
            }
        }

        return new PendingEvent(this);
    }

    /// <summary>Takes one back that nobody uses any more.</summary>
    public void Add(PendingEvent spare)
    {
        lock (_gate)
        {
            if (_bytes + spare.Capacity <= MaxBytes)
            {
                _bytes += spare.Capacity;
                _events.Push(spare);
            }
        }
    }
}
