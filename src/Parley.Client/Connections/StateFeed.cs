using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Parley.Client;

/// <summary>The current state, and a feed of its changes for any number of watchers.</summary>
internal sealed class StateFeed
{
    private const int Backlog = 64;

    private readonly Lock gate = new();
    private readonly List<Channel<ConnectionState>> watchers = [];
    private bool completed;

    public ConnectionState Current { get; private set; } =
        new ConnectionState.Closed(Protocol.CloseCode.Normal, "not started");

    public void Set(ConnectionState state)
    {
        lock (gate)
        {
            if (state == Current)
            {
                return;
            }

            Current = state;
            foreach (var watcher in watchers)
            {
                watcher.Writer.TryWrite(state);
            }
        }
    }

    public async IAsyncEnumerable<ConnectionState> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A watcher that is 64 changes behind misses the oldest; it always gets the newest.
        var changes = Channel.CreateBounded<ConnectionState>(
            new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (gate)
        {
            changes.Writer.TryWrite(Current);
            watchers.Add(changes);
            if (completed)
            {
                changes.Writer.Complete();
            }
        }

        try
        {
            await foreach (var state in changes.Reader.ReadAllAsync(cancellationToken))
            {
                yield return state;
            }
        }
        finally
        {
            lock (gate)
            {
                watchers.Remove(changes);
            }
        }
    }

    /// <summary>Ends all watchers.</summary>
    public void Complete()
    {
        lock (gate)
        {
            completed = true;
            foreach (var watcher in watchers)
            {
                watcher.Writer.TryComplete();
            }
        }
    }
}
