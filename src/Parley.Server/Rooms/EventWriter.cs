using System.Threading.Channels;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Server.Telemetry;

namespace Parley.Server.Rooms;

/// <summary>
/// The one writer of this process: gathers writes while the last commit syncs, commits them together, then publishes and
/// answers in the order of the commit. Nothing but the insert is in the commit path.
/// </summary>
/// <remarks>
/// While the store takes no writes they are refused at once, without touching it, and it is probed until it does again.
/// </remarks>
internal sealed partial class EventWriter(
    IEventStore store, StorageOptions options, ParleyMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EventWriter> logger)
{
    // Bounded: when full, senders wait, which stops the reading of their requests.
    private readonly Channel<StoreWrite> _queue = Channel.CreateBounded<StoreWrite>(
        new BoundedChannelOptions(options.QueueLength) { SingleReader = true });

    // Often enough to be back soon after somebody made room, seldom enough to leave a sick disk in peace.
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    // Where its own thread sleeps while there is nothing to write.
    private readonly object _rest = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ownsThread;
    private bool _woken;
    private Action? _wake;
    private StoreException? _outage;
    private long _outageSince;
    private long _probedAt;
    private long _eventsStored;
    private long _outages;

    /// <summary>Why the store takes no writes now; null: it does.</summary>
    public StoreException? Outage => Volatile.Read(ref _outage);

    /// <summary>How often the store has begun to take no writes, since the start.</summary>
    public long Outages => Volatile.Read(ref _outages);

    /// <summary>Events stored since the start.</summary>
    public long EventsStored => Volatile.Read(ref _eventsStored);

    /// <summary>Messages to fill and queue, used again after their answer.</summary>
    public SpareEvents Spares { get; } = new();

    /// <summary>Writes waiting for the next commit.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Starts the writer's thread: it blocks in the disk's sync, so it must not be one of the pool's.</summary>
    public void Start()
    {
        _ownsThread = true;
        new Thread(() => RunAsync().GetAwaiter().GetResult()) { Name = "event writer", IsBackground = true }.Start();
    }

    /// <summary>Queues a write. Waits only while the queue is full; the order of calls is the order of the log.</summary>
    /// <exception cref="StoreException">The server is stopping.</exception>
    public ValueTask AddAsync<TWrite>(TWrite write, CancellationToken cancellationToken)
        where TWrite : StoreWrite, IPendingWrite
    {
        if (_queue.Writer.TryWrite(write))
        {
            return ValueTask.CompletedTask;
        }

        return WaitToAddAsync(write, cancellationToken);
    }

    /// <summary>Takes no more writes, commits those that wait, and returns when the last one was answered.</summary>
    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return _stopped.Task;
    }

    private async ValueTask WaitToAddAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(write, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreException(ErrorCode.Busy, "The server is stopping; send it again when it is back.", e);
        }
    }

    /// <summary>Commits what is queued, batch after batch, until stopped. <see cref="Start"/> gives it a thread; a simulation has one for all.</summary>
    internal async Task RunAsync()
    {
        var batch = new List<StoreWrite>(options.BatchSize);
        var scratch = new PublishScratch();
        try
        {
            await ProbeAsync();
            while (await WaitForWritesAsync())
            {
                while (batch.Count < options.BatchSize && _queue.Reader.TryRead(out var write))
                {
                    batch.Add(write);
                }

                await CommitAsync(batch, scratch);
            }
        }
        catch (Exception e)
        {
            // Ours to mend. What was committed may not have been published, so this process must not go on.
            Log.WriterFailed(logger, e);
            FailAll(batch);
            lifetime.StopApplication();
        }

        _stopped.SetResult();
    }

    /// <summary>Waits for writes; meanwhile probes a store that takes none.</summary>
    /// <returns>False when no more will come.</returns>
    private async Task<bool> WaitForWritesAsync()
    {
        if (_outage is null)
        {
            return _ownsThread ? Settled(_queue.Reader.WaitToReadAsync()) : await _queue.Reader.WaitToReadAsync();
        }

        var more = _queue.Reader.WaitToReadAsync().AsTask();
        while (_outage is not null)
        {
            var left = ProbeEvery - time.GetElapsedTime(_probedAt);
            if (left <= TimeSpan.Zero)
            {
                await ProbeAsync();
            }
            else if (more.IsCompleted)
            {
                break;
            }
            else
            {
                await Settled(WaitAsync(more, left));
            }
        }

        await Settled(more);
        return await more;
    }

    private async Task WaitAsync(Task task, TimeSpan atMost) =>
        await task.WaitAsync(atMost, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Waits on the writer's own thread, if it has one: nothing of it may go on elsewhere.</summary>
    private Task Settled(Task task)
    {
        if (_ownsThread)
        {
            task.GetAwaiter().GetResult();
        }

        return task;
    }

    /// <summary>Waits on the writer's own thread, which it must have. Allocates nothing: it is done for every batch.</summary>
    private bool Settled(ValueTask<bool> task)
    {
        var awaiter = task.ConfigureAwait(false).GetAwaiter();
        if (!awaiter.IsCompleted)
        {
            awaiter.UnsafeOnCompleted(_wake ??= Wake);
            lock (_rest)
            {
                while (!_woken)
                {
                    Monitor.Wait(_rest);
                }

                _woken = false;
            }
        }

        return awaiter.GetResult();
    }

    private void Wake()
    {
        lock (_rest)
        {
            _woken = true;
            Monitor.Pulse(_rest);
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            await Settled(store.ProbeAsync(CancellationToken.None));
            if (_outage is not null)
            {
                Log.Recovered(logger, time.GetElapsedTime(_outageSince));
                Volatile.Write(ref _outage, null);
            }
        }
        catch (StoreException e)
        {
            BeginOutage(e);
        }

        _probedAt = time.GetTimestamp();
    }

    private void BeginOutage(StoreException reason)
    {
        if (_outage?.Message != reason.Message)
        {
            Log.Outage(logger, reason.Message);
        }

        if (_outage is null)
        {
            _outageSince = _probedAt = time.GetTimestamp();
            Volatile.Write(ref _outages, _outages + 1);
        }

        Volatile.Write(ref _outage, reason);
    }

    private void FailAll(List<StoreWrite> batch)
    {
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out var write))
        {
            batch.Add(write);
        }

        var failure = new StoreException(ErrorCode.Internal, "A fault of the server; send it again when it is back.");
        foreach (var write in batch)
        {
            ((IPendingWrite)write).Complete(failure);
        }
    }

    private async Task CommitAsync(List<StoreWrite> batch, PublishScratch scratch)
    {
        var start = time.GetTimestamp();
        var failure = _outage ?? await WriteAsync(batch);
        if (failure is null)
        {
            metrics.Committed(batch.Count, time.GetElapsedTime(start));
            foreach (var write in batch)
            {
                ((IPendingWrite)write).Publish(scratch);
            }

            Volatile.Write(ref _eventsStored, scratch.Events);
        }

        foreach (var write in batch)
        {
            ((IPendingWrite)write).Complete(failure);
        }

        foreach (var room in scratch.Touched)
        {
            room.Wake();
        }

        scratch.Touched.Clear();
        foreach (var write in batch)
        {
            ((IPendingWrite)write).Release();
        }

        batch.Clear();
    }

    private async Task<StoreException?> WriteAsync(List<StoreWrite> batch)
    {
        try
        {
            await Settled(store.WriteAsync(batch, CancellationToken.None));
            return null;
        }
        catch (StoreException e) when (e.TakesNoWrites)
        {
            BeginOutage(e);
            return e;
        }
        catch (StoreException e)
        {
            Log.WriteFailed(logger, batch.Count, e);
            return e;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Outage, LogLevel.Error, "Nothing is stored, and sends are refused, until this is mended: {Reason}")]
        public static partial void Outage(ILogger logger, string reason);

        [LoggerMessage(EventIds.Recovered, LogLevel.Information, "The store takes writes again, after {Duration}")]
        public static partial void Recovered(ILogger logger, TimeSpan duration);

        [LoggerMessage(EventIds.WriteFailed, LogLevel.Error, "{Count} writes were refused by the store")]
        public static partial void WriteFailed(ILogger logger, int count, Exception exception);

        [LoggerMessage(EventIds.WriterFailed, LogLevel.Critical, "The event writer failed; nothing more will be stored")]
        public static partial void WriterFailed(ILogger logger, Exception exception);
    }
}
