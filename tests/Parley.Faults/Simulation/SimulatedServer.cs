using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Server;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Telemetry;
using Parley.Server.WebSockets;

namespace Parley.Faults.Simulation;

/// <summary>One life of the server: the product's own parts, put together as the product does, in a simulated process.</summary>
internal sealed class SimulatedServer : IHostApplicationLifetime
{
    private const long WatchEvery = TimeSpan.TicksPerSecond;
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    // Counts and tells nobody, so that all simulations may share it.
    private static readonly ParleyMetrics Metrics = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());

    private readonly Scheduler _scheduler;
    private readonly SimulatedProcess _process;
    private readonly FaultyStore _store;
    private readonly CatchUpReader _catchUp;
    private readonly DeliveryLoops _loops;
    private readonly ChatServices _chat;
    private readonly FaultLog _log;
    private readonly Action<string> _complain;
    private readonly List<Served> _served = [];
    private readonly List<Task> _tasks = [];
    private Action _stopReading = static () => { };
    private Served? _watched;

    /// <param name="scheduler">Runs it.</param>
    /// <param name="process">Where it lives.</param>
    /// <param name="store">Its store.</param>
    /// <param name="world">Its settings.</param>
    /// <param name="random">Its chance.</param>
    /// <param name="complain">Told what it should not have done.</param>
    public SimulatedServer(Scheduler scheduler, SimulatedProcess process, FaultyStore store, World world, Random random, Action<string> complain)
    {
        (_scheduler, _process, _store) = (scheduler, process, store);
        _complain = what =>
        {
            // Code that was held up when the process was killed may still be on the stack.
            if (!process.IsDead)
            {
                complain(what);
            }
        };
        _log = new FaultLog(_complain, JudgeGivingUp);
        var time = process.Clock;
        var state = new ServerState();
        var registry = new ConnectionRegistry(world.Connections, state);
        _catchUp = new CatchUpReader(store, world.Delivery, _log.For<CatchUpReader>());
        _loops = new DeliveryLoops(world.Delivery, _catchUp, _log.For<DeliveryLoops>(), process.Queue);
        var writer = new EventWriter(store, world.Storage, Metrics, time, this, _log.For<EventWriter>());
        var rooms = new RoomDirectory(store, _loops, writer, world.Rooms, registry, time);
        _chat = new ChatServices(
            rooms, writer, store, new Authenticator(store, writer, new ParleyOptions(), time, random), registry,
            new SendLimiter(world.Sends, time), world.Sends, world.Connections, world.Rooms, state, Metrics, time, random);
    }

    /// <summary>True while it takes connections.</summary>
    public bool IsServing { get; private set; }

    /// <summary>True once it has stopped in good order.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Where it lives.</summary>
    public SimulatedProcess Process => _process;

    CancellationToken IHostApplicationLifetime.ApplicationStarted => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopping => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopped => CancellationToken.None;

    void IHostApplicationLifetime.StopApplication() => _complain("the server gave itself up");

    public void Start() => SimulatedProcess.Do(_process, () => Keep(StartAsync()));

    /// <summary>Stops as the product does: commits and answers what was taken, then says goodbye.</summary>
    public void Stop() => SimulatedProcess.Do(_process, () => Keep(StopAsync()));

    /// <summary>Kills it: nothing that it had begun goes on, and every line is cut.</summary>
    public void Kill()
    {
        IsServing = false;
        _process.Kill();
        foreach (var served in _served)
        {
            served.Cable.Cut();
        }
    }

    /// <summary>Takes a connection.</summary>
    /// <param name="cable">The connection, after its handshake.</param>
    /// <param name="person">Who comes; in the line dialect the handshake says it.</param>
    public void Accept(Cable cable, Person person) => SimulatedProcess.Do(_process, () => Keep(ServeAsync(cable, person)));

    /// <summary>True when nothing is left to store or to send and nothing is on its way.</summary>
    public bool IsAtRest => IsServing && !_store.IsWriting && _chat.Writer.Waiting == 0 && _chat.Connections.Survey().MaxLag == 0
        && _served.TrueForAll(static s => s.Cable.IsIdle && s.Outlet is { IsParked: false, Waiting: 0, Owed: 0 });

    /// <summary>What must hold when everybody is caught up.</summary>
    public void CheckRest()
    {
        foreach (var served in _served)
        {
            if (served.Outlet is { Owed: not 0 } or { Waiting: not 0 })
            {
                _complain($"at rest, connection {served.Cable.Number} is owed {served.Outlet.Owed} and {served.Outlet.Waiting} bytes wait for it");
            }
        }

        CheckTasks();
    }

    /// <summary>What must hold after a stop.</summary>
    public void CheckEnd()
    {
        if (_chat.Connections.Count != 0 || _chat.Connections.All.Any() || _served.Count != 0)
        {
            _complain($"after the stop there are {_chat.Connections.Count} connections");
        }

        CheckTasks();
    }

    private async Task StartAsync()
    {
        _chat.State.Epoch = await _store.OpenAsync(CancellationToken.None);
        await _chat.Rooms.LoadAsync(CancellationToken.None);
        Keep(_chat.Writer.RunAsync());
        var reading = new CancellationTokenSource();
        _stopReading = reading.Cancel; // CancelAsync would leave the thread.
        Keep(_catchUp.RunAsync(reading.Token));
        _scheduler.After(_process, WatchEvery, Watch);
        IsServing = true;
    }

    private async Task StopAsync()
    {
        IsServing = false;
        _chat.State.Stop();
        await _chat.Writer.StopAsync();
        foreach (var served in _served.ToList())
        {
            served.Connection.Restart(_chat.ConnectionLimits.ReturnSpread);
        }

        for (var left = DrainTimeout; _chat.Connections.Count > 0 && left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(20))
        {
            await _process.PauseAsync(20 * TimeSpan.TicksPerMillisecond);
        }

        foreach (var served in _served.ToList())
        {
            served.Connection.Abort();
        }

        while (_chat.Connections.Count > 0)
        {
            await _process.PauseAsync(20 * TimeSpan.TicksPerMillisecond);
        }

        _stopReading();
        await _store.DisposeAsync();
        HasStopped = true;
    }

    private async Task ServeAsync(Cable cable, Person person)
    {
        if (_chat.Connections.TryTake(IPAddress.Loopback) != Admittance.Free)
        {
            cable.Abort();
            return;
        }

        using var reader = new FrameReader(new FrameReaderOptions { MaxMessageBytes = _chat.ConnectionLimits.MaxHelloBytes, MaxFragments = _chat.ConnectionLimits.MaxFragments });
        Served? served = null;
        try
        {
            var line = person.Json ? null : new Participant((await _chat.Authenticator.AdmitAsync(new Credentials(null, person.User), cable.Aborted)).User!, _chat); // Not null: the name is good.
            var outlet = new Outlet(cable.Sink, _loops, _loops.Next(), _chat.Time);
            var connection = new Connection(cable.Source, reader, outlet, IPAddress.Loopback, _chat, _log.For<Connection>());
            connection.Session = line is null ? new JsonSession(connection, outlet, _chat) : new LineSession(line, person.Rooms[0], connection, outlet, _chat);
            _served.Add(served = new Served(connection, outlet, cable));
            await connection.RunAsync(cable.Nature.AsStream ? cable.Aborted : CancellationToken.None);
        }
        catch (Exception e) when (served is null && e is StoreException or OperationCanceledException)
        {
            // Refused before it began, with 503.
            _chat.Connections.Release(IPAddress.Loopback);
            cable.CloseFromServer();
        }
        finally
        {
            _served.Remove(served!); // Null: it is not in there.
        }
    }

    private void Watch()
    {
        foreach (var served in _served.ToList())
        {
            _watched = served;
            served.Connection.Watch();
            _watched = null;
            served.CheckBounds(_loops.Options, _complain);
        }

        _chat.Limiter.Sweep();
        CheckTasks();
        _scheduler.After(_process, WatchEvery, Watch);
    }

    // Whoever read and answered must not be given up.
    private void JudgeGivingUp(string text)
    {
        if (_watched is { Cable: { Silence: var silence, Number: var number } } && silence < _chat.ConnectionLimits.PongTimeout.Ticks)
        {
            _complain($"connection {number}, silent for at most {TimeSpan.FromTicks(silence).TotalSeconds:0.0} s: {text}");
        }
    }

    private void Keep(Task task) => _tasks.Add(task);

    private void CheckTasks()
    {
        foreach (var task in _tasks.Where(t => t.IsFaulted))
        {
            _complain($"a task failed: {task.Exception}");
        }

        _tasks.RemoveAll(static task => task.IsCompleted);
    }
}
