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

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreException? _outage;
    private long _outageSince;
    private long _probedAt;
    private long _eventsStored;

    /// <summary>Why the store takes no writes now; null: it does.</summary>
    public StoreException? Outage => Volatile.Read(ref _outage);

    /// <summary>Events stored since the start.</summary>
    public long EventsStored => Volatile.Read(ref _eventsStored);

    /// <summary>Writes waiting for the next commit.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Starts the writer's thread: it blocks in the disk's sync, so it must not be one of the pool's.</summary>
    public void Start() => new Thread(Run) { Name = "event writer", IsBackground = true }.Start();

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

    private void Run()
    {
        var batch = new List<StoreWrite>(options.BatchSize);
        var scratch = new PublishScratch();
        try
        {
            Probe();
            while (WaitForWrites())
            {
                while (batch.Count < options.BatchSize && _queue.Reader.TryRead(out var write))
                {
                    batch.Add(write);
                }

                Commit(batch, scratch);
                batch.Clear();
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
    private bool WaitForWrites()
    {
        var more = _queue.Reader.WaitToReadAsync().AsTask();
        while (_outage is not null)
        {
            var left = ProbeEvery - time.GetElapsedTime(_probedAt);
            if (left <= TimeSpan.Zero)
            {
                Probe();
            }
            else if (more.IsCompleted)
            {
                break;
            }
            else
            {
                ((Task)more).WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
            }
        }

        return more.GetAwaiter().GetResult();
    }

    private void Probe()
    {
        try
        {
            store.ProbeAsync(CancellationToken.None).GetAwaiter().GetResult();
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

    private void Commit(List<StoreWrite> batch, PublishScratch scratch)
    {
        var start = time.GetTimestamp();
        var failure = _outage ?? Write(batch);
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
    }

    private StoreException? Write(List<StoreWrite> batch)
    {
        try
        {
            store.WriteAsync(batch, CancellationToken.None).GetAwaiter().GetResult();
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
