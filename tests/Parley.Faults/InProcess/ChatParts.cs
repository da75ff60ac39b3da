using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Server;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Telemetry;
using Parley.Testing;

namespace Parley.Faults.InProcess;

/// <summary>The server's own objects, put together without a host, a socket or a disk: quick to make by the thousand.</summary>
internal sealed class ChatParts : IAsyncDisposable
{
    private static readonly ParleyMetrics Metrics =
        new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CatchUpReader _catchUp;
    private readonly Task _reading;

    private ChatParts(ParleyOptions options, MemoryEventStore store, string epoch)
    {
        Options = options;
        var state = new ServerState { Epoch = epoch, IsReady = true };
        _catchUp = new CatchUpReader(store, options.Delivery, new Complaints<CatchUpReader>(_complaints));
        Loops = new DeliveryLoops(options.Delivery, _catchUp, new Complaints<DeliveryLoops>(_complaints));
        var connections = new ConnectionRegistry(options.Connections, state);
        var writer = new EventWriter(
            store, options.Storage, Metrics, TimeProvider.System, new NoLifetime(), new Complaints<EventWriter>(_complaints));
        Chat = new ChatServices(
            new RoomDirectory(store, Loops, writer, options.Rooms, connections, TimeProvider.System),
            writer,
            store,
            new Authenticator(store, writer, options, TimeProvider.System, Random.Shared),
            connections,
            new SendLimiter(options.Sends, TimeProvider.System),
            options.Sends,
            options.Connections,
            options.Rooms,
            state,
            Metrics,
            TimeProvider.System,
            Random.Shared);
        writer.Start();
        _reading = _catchUp.RunAsync(_stopping.Token);
    }

    public ParleyOptions Options { get; }

    public ChatServices Chat { get; }

    public DeliveryLoops Loops { get; }

    /// <summary>What was logged as an error: faults of the server.</summary>
    public IReadOnlyCollection<string> Logged => _complaints;

    public static async Task<ChatParts> StartAsync(Action<ParleyOptions>? configure = null)
    {
        var options = new ParleyOptions();
        configure?.Invoke(options);
        var store = new MemoryEventStore(new MemoryDatabase("model"));
        var parts = new ChatParts(options, store, await store.OpenAsync(CancellationToken.None));
        await parts.Chat.Rooms.LoadAsync(CancellationToken.None);
        return parts;
    }

    /// <summary>Takes no more writes; returns when all that were taken have been answered.</summary>
    public async ValueTask DisposeAsync()
    {
        await Chat.Writer.StopAsync();
        await _stopping.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        await Chat.Store.DisposeAsync();
    }

    private sealed class Complaints<T>(ConcurrentQueue<string> into) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                into.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }
    }

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
