namespace Parley.Server.Delivery;

/// <summary>The delivery loops of this process, and the catch-up reader behind them.</summary>
internal sealed class DeliveryLoops
{
    private readonly DeliveryLoop[] _loops;
    private int _next;
    private long _signalsSent;
    private long _signalsDropped;

    /// <param name="options">How many loops, and how much they may hold.</param>
    /// <param name="catchUp">Reads for those who are behind.</param>
    /// <param name="logger">Told of our own faults.</param>
    /// <param name="queue">Executes the loops; null: the thread pool.</param>
    public DeliveryLoops(
        DeliveryOptions options, CatchUpReader catchUp, ILogger<DeliveryLoops> logger, Action<IThreadPoolWorkItem>? queue = null)
    {
        queue ??= static loop => ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
        Options = options;
        CatchUp = catchUp;
        _loops = new DeliveryLoop[options.Loops];
        for (var i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new DeliveryLoop(queue, logger);
        }
    }

    public DeliveryOptions Options { get; }

    public CatchUpReader CatchUp { get; }

    /// <summary>Memory for the outboxes of all connections.</summary>
    public OutboxPool Outboxes { get; } = new();

    /// <summary>Number of loops.</summary>
    public int Count => _loops.Length;

    public DeliveryLoop this[int index] => _loops[index];

    /// <summary>Signals that were given to the subscribers of a room.</summary>
    public long SignalsSent => Volatile.Read(ref _signalsSent);

    /// <summary>Signals that were dropped because too many waited in their room.</summary>
    public long SignalsDropped => Volatile.Read(ref _signalsDropped);

    /// <summary>Sums a figure of all loops. From any thread.</summary>
    public long Sum(Func<DeliveryTally, long> figure) => _loops.Sum(loop => figure(loop.Tally));

    /// <summary>Counts a signal. From any thread.</summary>
    public void CountSignal(bool dropped) => Interlocked.Increment(ref dropped ? ref _signalsDropped : ref _signalsSent);

    /// <summary>The loop for the next new connection, in turn.</summary>
    public int Next() => (int)((uint)Interlocked.Increment(ref _next) % (uint)_loops.Length);
}
