using System.Text;
using System.Text.Json;
using Parley.Faults.History;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Testing;
using StoredEvent = Parley.Faults.History.StoredEvent;

namespace Parley.Faults.Simulation;

/// <summary>
/// Plays one plan: a server in all its lives, its clients, its store and the network between them, on one thread and in
/// virtual time; then lets all come to rest, and judges.
/// </summary>
internal sealed partial class SimulationRun
{
    private const long LookEvery = 50 * TimeSpan.TicksPerMillisecond;
    private static readonly TimeSpan SettlePatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly Plan _plan;
    private readonly Func<IEventStore, IEventStore> _sabotage;
    private readonly Random _dice;
    private readonly MemoryDatabase _database = new("simulated-epoch-");
    private readonly StoreFaults _faults = new();
    private readonly List<Device> _devices = [];
    private readonly List<string> _violations = [];
    private readonly List<StoredEvent> _pages = [];
    private SimulatedServer _server;
    private int _cables;
    private bool _away;

    private SimulationRun(Plan plan, bool keepsTrace, Func<IEventStore, IEventStore>? sabotage)
    {
        _plan = plan;
        _sabotage = sabotage ?? (static store => store);
        World = plan.World;
        _dice = new Random(unchecked(plan.Seed * 31));
        Scheduler = new Scheduler(plan.Seed, World.Habit, new Trace(keepsTrace));
        _server = StartServer();
        for (var i = 0; i < World.People.Count; i++)
        {
            if (!plan.Absent.Contains(i))
            {
                _devices.Add(NewDevice(i, new Random(unchecked((plan.Seed * 17) + i))));
            }
        }
    }

    public World World { get; }

    public Scheduler Scheduler { get; }

    public RunHistory History { get; } = new();

    /// <summary>What is counted for the report.</summary>
    public Figures Figures { get; } = new();

    /// <summary>Plays a plan on the calling thread.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="keepsTrace">Whether to keep the trace as text.</param>
    /// <param name="sabotage">Puts something between the store and its faults, to see it caught.</param>
    public static Outcome Play(Plan plan, bool keepsTrace = false, Func<IEventStore, IEventStore>? sabotage = null)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var simulation = new SimulationRun(plan, keepsTrace, sabotage);
            simulation.Play();
            return simulation.ToOutcome();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Something was seen that must not be.</summary>
    public void Complain(string what)
    {
        if (_violations.Count < 20)
        {
            _violations.Add(what);
        }
    }

    /// <summary>A new connection to the server; null: nobody listens.</summary>
    public Cable? Open(Device device, Random dice)
    {
        if (!_server.IsServing)
        {
            return null;
        }

        Figures.Connections++;
        var cable = new Cable(++_cables, Scheduler, _server.Process, device, World.DrawCable(dice), new Random(dice.Next()));
        var server = _server;
        Scheduler.After(null, TimeSpan.TicksPerMillisecond, () => server.Accept(cable, device.Person));
        return cable;
    }

    /// <summary>The newest seq that the store holds of a room.</summary>
    public long HeadOf(string room) => _database.Rooms.FirstOrDefault(r => r.Name == room)?.Head ?? 0;

    /// <summary>Keeps a page of history, to be compared with the store, and looks whether it is one.</summary>
    public void TakePage(ClientId client, string room, JsonElement answer)
    {
        var before = 0L;
        foreach (var item in answer.GetProperty("msgs").EnumerateArray())
        {
            string? Text(string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;
            var seq = item.GetProperty("seq").GetInt64();
            if (before != 0 && seq != before + 1)
            {
                Complain($"{client} got a page of {room} with {seq} after {before}");
            }

            before = seq;
            _pages.Add(new StoredEvent(room, seq, Text("by")!, Text("k")!, Text("cid"), Text("text"))); // Not null: required.
        }
    }

    private Device NewDevice(int index, Random dice)
    {
        var person = World.People[index];
        Device device = person.Json ? new JsonDevice(this, person, index, dice) : new LineDevice(this, person, index, dice);
        Scheduler.After(null, dice.NextInt64(TimeSpan.TicksPerSecond / 5), device.Connect);
        return device;
    }

    private SimulatedServer StartServer()
    {
        Scheduler.Note(Happening.Started);
        _away = false;
        var process = new SimulatedProcess(Scheduler);
        var store = new FaultyStore(_sabotage(new MemoryEventStore(_database)), _database, _faults, process, Scheduler, History, new Random(_dice.Next()));
        var server = new SimulatedServer(Scheduler, process, store, World, new Random(_dice.Next()), Complain);
        _server = server;
        server.Start();
        return server;
    }

    private void Play()
    {
        foreach (var (index, step) in _plan.Steps.Index())
        {
            Scheduler.After(null, step.At * TimeSpan.TicksPerMillisecond, () =>
            {
                Scheduler.Note(Happening.Step, index, step.Amount);
                Do(step);
            });
        }

        Run(_plan.Steps.Count == 0 ? 1_000 : _plan.Steps[^1].At + 100);
        (_faults.Commits, _faults.Reads, _faults.Slowness) = (0, 0, 0);
        _devices.ForEach(static d => d.GoHome());
        if (!Settle())
        {
            Complain(Scheduler.Fault ?? $"it does not settle: {string.Join("; ", _devices.Select(d => d.WaitsFor).OfType<string>())}");
            _server.CheckRest();
            return;
        }

        _server.CheckRest();
        Judge();
        _server.Stop();
        if (!Scheduler.RunUntil(() => _server.HasStopped, StopPatience))
        {
            Complain(Scheduler.Fault ?? "the server does not stop");
        }

        _server.CheckEnd();
    }

    private void Run(int milliseconds)
    {
        var over = false;
        Scheduler.After(null, milliseconds * TimeSpan.TicksPerMillisecond, () => over = true);
        Scheduler.RunUntil(() => over, TimeSpan.MaxValue / 4);
    }

    private bool Settle()
    {
        var due = false;
        void Look()
        {
            due = true;
            Scheduler.After(null, LookEvery, Look);
        }

        // Asked between two steps only: in the middle of one, what a sink was given is neither in the log nor on the cable.
        bool IsSettled()
        {
            if (!due || Scheduler.HasWork)
            {
                return false;
            }

            due = false;
            return _server.IsAtRest && _devices.TrueForAll(static d => d is { IsQuiet: true, WaitsFor: null });
        }

        Look();
        return Scheduler.RunUntil(IsSettled, SettlePatience);
    }

    private void Judge()
    {
        var log = new StoredLog(
            [.. _database.Rooms.Select(r => new StoredRoom(r.Name, 1, r.Head))],
            [.. _database.Rooms.SelectMany(r => r.Log.Select(e => new StoredEvent(r.Name, e.Seq, e.By, e.Kind, Cids.TextOf(e.Cid), e.Text.IsEmpty ? null : Encoding.UTF8.GetString(e.Text.Span))))]);
        Figures.Events += log.Events.Count;
        foreach (var violation in HistoryChecker.Check(History.With(log)))
        {
            Complain($"{violation}");
        }

        foreach (var stay in _devices.OfType<LineDevice>().SelectMany(d => d.Stays))
        {
            foreach (var violation in LineCheck.Check(stay, log, atRest: true))
            {
                Complain(violation);
            }
        }

        var memberships = new Memberships(log.Events);
        foreach (var message in log.Events.Where(e => e.Kind == EventKind.Message && World.People.Any(p => p.User == e.By)))
        {
            if (!memberships.IsMember(message.By, message.Room, message.Seq))
            {
                Complain($"{message.Room} {message.Seq} is by {message.By}, who is no member at this place of the log");
            }
        }

        var stored = log.Events.ToHashSet();
        foreach (var item in _pages.Where(p => !stored.Contains(p)))
        {
            Complain($"a page of history has {item}");
        }
    }

    private Outcome ToOutcome()
    {
        if (Scheduler.Fault is { } fault && !_violations.Contains(fault))
        {
            Complain(fault);
        }

        Figures.Ticks = Scheduler.Now - TimeSpan.TicksPerHour;
        Figures.FailedCommits = _faults.FailedCommits;
        Figures.FailedReads = _faults.FailedReads;
        return new Outcome(_plan, [.. _violations], Scheduler.Trace.Hash, Scheduler.Trace.Text, Figures);
    }
}
