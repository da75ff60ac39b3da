using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Telemetry;

namespace Parley.Server;

/// <summary>Starts the server's parts in order, watches the clock, and stops them so that nothing acked or taken is lost.</summary>
internal sealed partial class ParleyServer(
    IEventStore store,
    RoomDirectory rooms,
    EventWriter writer,
    CatchUpReader catchUp,
    ConnectionRegistry connections,
    SendLimiter limiter,
    ObservedMetrics metrics,
    ConnectionOptions limits,
    ServerState state,
    TimeProvider time,
    ILogger<ParleyServer> logger) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private Task _reading = Task.CompletedTask;
    private ITimer? _clock;

    /// <summary>Opens the store and loads the rooms, before the first connection is accepted.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        state.Epoch = await store.OpenAsync(cancellationToken);
        await rooms.LoadAsync(cancellationToken);
        writer.Start();
        metrics.Start();
        _reading = catchUp.RunAsync(_stopping.Token);
        _clock = time.CreateTimer(_ => Watch(), null, WatchEvery, WatchEvery);
        state.IsReady = true;
        Log.Started(logger, state.Epoch);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Takes no more connections and no more writes, commits and answers what was taken, then says goodbye to everybody.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        Log.Stopping(logger, connections.Count);
        state.Stop();
        await writer.StopAsync();
        foreach (var connection in connections.All)
        {
            connection.Restart(limits.ReturnSpread);
        }

        var drained = WaitUntilEmptyAsync();
        await Task.WhenAny(drained, Task.Delay(DrainTimeout, TimeProvider.System, cancellationToken));
        foreach (var connection in connections.All)
        {
            connection.Abort();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Closes the store, when no connection uses it any more.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_clock is not null)
        {
            await _clock.DisposeAsync();
        }

        await _stopping.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await store.DisposeAsync();
    }

    public void Dispose() => _stopping.Dispose();

    private async Task WaitUntilEmptyAsync()
    {
        while (connections.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private void Watch()
    {
        foreach (var connection in connections.All)
        {
            connection.Watch();
        }

        limiter.Sweep();
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Started, LogLevel.Information, "The store is open, epoch {Epoch}")]
        public static partial void Started(ILogger logger, string epoch);

        [LoggerMessage(EventIds.Stopping, LogLevel.Information, "Stopping; {Connections} connections are told to come back")]
        public static partial void Stopping(ILogger logger, int connections);
    }
}
