using System.Collections.Concurrent;

namespace Parley.Server.Delivery;

/// <summary>Something a delivery loop has to look at. Queued at most once at a time.</summary>
internal abstract class LoopWork
{
    private int _queued;

    /// <summary>True when the caller must queue the work; false when it is queued already.</summary>
    public bool TryMarkQueued() => Interlocked.Exchange(ref _queued, 1) == 0;

    /// <summary>Called by the loop before <see cref="Run"/>: what is scheduled from now on runs again.</summary>
    public void MarkTaken() => Interlocked.Exchange(ref _queued, 0);

    /// <summary>Does what there is to do now. Never waits, never throws.</summary>
    public abstract void Run();
}

/// <summary>
/// Writes to the sockets of its connections. Each connection belongs to one loop and only its loop writes to it, so a
/// send needs no lock. It is a work item of the thread pool that runs while there is work, not a thread.
/// </summary>
/// <param name="queue">Has a work item executed soon, once: the thread pool, but in a simulation.</param>
/// <param name="logger">Told of our own faults.</param>
internal sealed partial class DeliveryLoop(Action<IThreadPoolWorkItem> queue, ILogger logger) : IThreadPoolWorkItem
{
    // Bounded: a work item is in here at most once, so never more than the connections and subscriber groups there are.
    private readonly ConcurrentQueue<LoopWork> _ready = new();
    private int _running;

    /// <summary>What was sent by this loop.</summary>
    public DeliveryTally Tally { get; } = new();

    /// <summary>Has the loop look at the work soon. From any thread.</summary>
    public void Schedule(LoopWork work)
    {
        if (work.TryMarkQueued())
        {
            _ready.Enqueue(work);
            Start();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (_ready.TryDequeue(out var work))
        {
            work.MarkTaken();
            try
            {
                work.Run();
            }
            catch (Exception e)
            {
                Log.WorkFailed(logger, e); // Ours to mend; one connection's fault must not stop the others' delivery.
            }
        }

        Interlocked.Exchange(ref _running, 0);
        if (!_ready.IsEmpty)
        {
            Start();
        }
    }

    private void Start()
    {
        if (Interlocked.Exchange(ref _running, 1) == 0)
        {
            queue(this);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Telemetry.EventIds.DeliveryFailed, LogLevel.Error, "A delivery failed; this is a fault of the server")]
        public static partial void WorkFailed(ILogger logger, Exception exception);
    }
}
