using System.Collections.Concurrent;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Server.Delivery;

/// <summary>
/// Reads pages from the store for subscriptions that are behind their room's window: the slow, and the long absent.
/// A few pages at a time, whatever the number of those who wait, so catching up costs a bounded amount of memory.
/// </summary>
internal sealed partial class CatchUpReader(IEventStore store, DeliveryOptions options, ILogger<CatchUpReader> logger)
{
    private const int PageEvents = 1_024;

    // Bounded: a subscription waits in here at most once.
    private readonly ConcurrentQueue<Subscription> _waiting = new();

    // Full: every reader has been called and has yet to look, so it will find whatever was queued before.
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(options.CatchUpReaders) { FullMode = BoundedChannelFullMode.DropWrite });

    private int _active;
    private long _pagesRead;

    /// <summary>Subscriptions waiting for a page.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Readers that are reading a page.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Pages read.</summary>
    public long PagesRead => Volatile.Read(ref _pagesRead);

    /// <summary>Queues a subscription for its next page.</summary>
    public void Request(Subscription subscription)
    {
        _waiting.Enqueue(subscription);
        _calls.Writer.TryWrite(true);
    }

    /// <summary>Reads pages until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, options.CatchUpReaders).Select(_ => ReadAsync(cancellationToken)));

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _calls.Reader.ReadAsync(cancellationToken);
            while (_waiting.TryDequeue(out var subscription))
            {
                if (subscription.Ended)
                {
                    continue;
                }

                Interlocked.Increment(ref _active);
                try
                {
                    await FetchAsync(subscription, cancellationToken);
                }
                finally
                {
                    Interlocked.Decrement(ref _active);
                }
            }
        }
    }

    private async Task FetchAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        try
        {
            var events = await store.ReadAsync(
                subscription.Feed.RoomId, subscription.Cursor, PageEvents, options.CatchUpPageBytes, cancellationToken);
            if (events.Count == 0 || events[0].Seq != subscription.Cursor + 1)
            {
                // Purged meanwhile: the client resumes and learns what expired.
                subscription.Outlet.Close(CloseCode.TryAgainLater, "resume again");
                return;
            }

            Interlocked.Increment(ref _pagesRead);
            subscription.EndPaging(subscription.Feed.Encode(events));
        }
        catch (StoreException e)
        {
            Log.ReadFailed(logger, e);
            subscription.Outlet.Close(CloseCode.TryAgainLater, "the store cannot be read now");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Failed(logger, e); // Ours to mend; the other subscriptions still need this reader.
            subscription.Outlet.Close(CloseCode.InternalError, "a fault of the server");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Telemetry.EventIds.CatchUpFailed, LogLevel.Warning, "Reading a page for a slow subscriber failed")]
        public static partial void ReadFailed(ILogger logger, Exception exception);

        [LoggerMessage(Telemetry.EventIds.CatchUpFaulted, LogLevel.Error, "Preparing a page for a slow subscriber failed; this is a fault of the server")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
