using System.Threading.Channels;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Server.Telemetry;

namespace Parley.Server.Rooms;

/// <summary>
/// The one writer of this process: gathers writes while the last commit syncs, commits them together, then publishes and
/// answers in the order of the commit. Nothing but the insert is in the commit path.
/// </summary>
internal sealed partial class EventWriter(
    IEventStore store, StorageOptions options, ParleyMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EventWriter> logger)
{
    // Bounded: when full, senders wait, which stops the reading of their requests.
    private readonly Channel<StoreWrite> _queue = Channel.CreateBounded<StoreWrite>(
        new BoundedChannelOptions(options.QueueLength) { SingleReader = true });

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _eventsStored;

    /// <summary>Events stored since the start.</summary>
    public long EventsStored => Volatile.Read(ref _eventsStored);

    /// <summary>Writes waiting for the next commit.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Starts the writer's thread: it blocks in the disk's sync, so it must not be one of the pool's.</summary>
    public void Start() =>
        new Thread(() => RunAsync(blocks: true).GetAwaiter().GetResult()) { Name = "event writer", IsBackground = true }.Start();

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

    /// <summary>Commits what is queued, batch after batch, until stopped.</summary>
    /// <param name="blocks">Whether to block the calling thread while waiting, and so keep it; false in a simulation.</param>
    internal async Task RunAsync(bool blocks)
    {
        var batch = new List<StoreWrite>(options.BatchSize);
        var scratch = new PublishScratch();
        try
        {
            while (blocks
                ? _queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()
                : await _queue.Reader.WaitToReadAsync())
            {
                while (batch.Count < options.BatchSize && _queue.Reader.TryRead(out var write))
                {
                    batch.Add(write);
                }

                await CommitAsync(batch, scratch, blocks);
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

    private void FailAll(List<StoreWrite> batch)
    {
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out var write))
        {
            batch.Add(write);
        }

        var failure = new StoreException(ErrorCode.Internal, "A fault of the server; send it again when it is back.");
        foreach (var pending in batch)
        {
            ((IPendingWrite)pending).Complete(failure);
        }
    }

    private async Task CommitAsync(List<StoreWrite> batch, PublishScratch scratch, bool blocks)
    {
        StoreException? failure = null;
        var start = time.GetTimestamp();
        try
        {
            var write = store.WriteAsync(batch, CancellationToken.None);
            if (blocks)
            {
                write.GetAwaiter().GetResult();
            }
            else
            {
                await write;
            }
        }
        catch (StoreException e)
        {
            Log.WriteFailed(logger, batch.Count, e);
            failure = e;
        }

        if (failure is null)
        {
            metrics.Committed(batch.Count, time.GetElapsedTime(start));
            foreach (var pending in batch)
            {
                ((IPendingWrite)pending).Publish(scratch);
            }

            Volatile.Write(ref _eventsStored, scratch.Events);
        }

        foreach (var pending in batch)
        {
            ((IPendingWrite)pending).Complete(failure);
        }

        foreach (var room in scratch.Touched)
        {
            room.Wake();
        }

        scratch.Touched.Clear();
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.WriteFailed, LogLevel.Error, "{Count} writes were refused by the store")]
        public static partial void WriteFailed(ILogger logger, int count, Exception exception);

        [LoggerMessage(EventIds.WriterFailed, LogLevel.Critical, "The event writer failed; nothing more will be stored")]
        public static partial void WriterFailed(ILogger logger, Exception exception);
    }
}
