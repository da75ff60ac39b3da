using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Server.Rooms;
using Parley.Testing;

namespace Parley.Faults.Network;

/// <summary>
/// Twelve clients in six rooms, each follows and writes to three of them, 20 messages a second; two more wander in and out
/// of their rooms. Each has a line of its own that breaks again and again, whatever the others' do.
/// </summary>
internal sealed class NetworkRun(int seed) : IAsyncDisposable
{
    private const int Clients = 12;
    private const int Wanderers = 2;
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Rooms = [.. Enumerable.Range(0, 6).Select(i => $"room-{i}")];
    private static readonly LineFault[] Faults = [.. Enum.GetValues<LineFault>().Where(f => f != LineFault.None)];

    private readonly TempFolder _data = new();
    private readonly RunHistory _history = new();
    private readonly List<RoamingClient> _clients = [];
    private readonly List<(LoadClient Client, CuttingProxy Line)> _wanderers = []; // They have their own record, and rules for leaving.
    private readonly ConcurrentQueue<Cut> _cuts = [];
    private readonly List<string> _complaints = [];
    private readonly CancellationTokenSource _enough = new();
    private Task _living = Task.CompletedTask;
    private ChatServer? _server;

    /// <summary>What broke, and how long it took to get over it.</summary>
    public IReadOnlyCollection<Cut> Cuts => _cuts;

    /// <summary>What a client was given or told that it should not have been, or waited for in vain.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>How often a client came back with a cursor.</summary>
    public int Resumed => _clients.Sum(c => c.Record.Resumed);

    /// <summary>Events that passed a line more than once.</summary>
    public int PassedAgain => _clients.Sum(c => c.Record.PassedAgain);

    /// <summary>Where the store is, until this run is disposed of.</summary>
    public string Data => _data.Path;

    /// <summary>Plays the scenario, waits until everybody has everything, stops the server and reads its store.</summary>
    public async Task<RecordedRun> PlayAsync(int cuts, CancellationToken cancellationToken)
    {
        _server = await ChatServer.StartAsync(
            o =>
            {
                o.LiftLimits();
                o.Connections.PingAfter = TimeSpan.FromSeconds(1); // A dead line is to be noticed within a run.
                o.Connections.PongTimeout = TimeSpan.FromSeconds(1);
            },
            data: _data.Path);
        await ChatRooms.CreateAsync(_server.Http, Rooms);
        for (var i = 0; i < Clients; i++)
        {
            string[] rooms = [Rooms[i % 6], Rooms[(i + 1) % 6], Rooms[(i + 3) % 6]];
            _clients.Add(new RoamingClient($"client-{i}", _server.Http, rooms, _history, FaultSize.SeedOf(seed, i)));
            await _clients[^1].StartAsync(cancellationToken);
        }

        for (var i = 0; i < Wanderers; i++)
        {
            _wanderers.Add(NewWanderer(i));
        }

        await SettleAsync(cancellationToken);
        _living = Task.WhenAll([
            .. _clients.Select(c => c.WriteAsync(WriteEvery, _enough.Token)),
            .. _wanderers.Select((w, i) => WanderAsync(w.Client, w.Line, new Random(FaultSize.SeedOf(seed, 100 + i))))]);
        await Task.WhenAll(_clients.Select((c, i) => CutAsync(c, (cuts + i) / Clients, new Random(FaultSize.SeedOf(seed, 200 + i)), cancellationToken)));
        await _enough.CancelAsync();
        await _living;
        await Task.WhenAll(_wanderers.Select(w => w.Client.WanderAsync(home: true)));
        await SettleAsync(cancellationToken);

        // What the end of the server and of the clients does to the lines is no part of the run.
        var run = _history.With(new StoredLog([], []));
        _complaints.AddRange(_wanderers.SelectMany(w => w.Client.Complaints));
        await _server.StopAsync();
        run = run with { Store = StoredLog.Read(_data.Path) };
        _complaints.AddRange(_clients.SelectMany(c => c.Check(run.Store)));
        return run;
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _living;
        await Task.WhenAll(_clients.Select(c => c.DisposeAsync().AsTask()));
        foreach (var (client, line) in _wanderers)
        {
            await client.DisposeAsync();
            await line.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _enough.Dispose();
        _data.Dispose();
    }

    private static (int Least, int Most) Length(LineFault fault) => fault switch
    {
        // Up to beyond the second after which a client gives a dead line up, so that some do and some do not.
        LineFault.BlackHole => (50, 1_500),
        LineFault.OneByte or LineFault.Throttle => (100, 800),
        _ => (1, 300),
    };

    /// <summary>Breaks and mends one line again and again.</summary>
    private async Task CutAsync(RoamingClient client, int cuts, Random dice, CancellationToken cancellationToken)
    {
        for (var i = 0; i < cuts; i++)
        {
            await LiveAsync(dice.Next(20, 250), cancellationToken);
            var fault = Faults[dice.Next(Faults.Length)];
            var (least, most) = Length(fault);
            client.Line.Break(fault);
            if (fault is LineFault.OneByte or LineFault.Throttle && dice.Next(2) == 0)
            {
                client.Line.Drop(); // So that handshake and replay are slow too, not only what is live.
            }

            await LiveAsync(dice.Next(least, most), cancellationToken);
            var heads = Heads();
            var back = TimeProvider.System.GetTimestamp();
            client.Line.Mend();
            while (!client.Record.IsCaughtUp(heads))
            {
                if (TimeProvider.System.GetElapsedTime(back) > Patience)
                {
                    Complain($"after {fault} {client.Record}; the heads are {string.Join(", ", heads)}");
                    return;
                }

                await LiveAsync(2, cancellationToken);
            }

            _cuts.Enqueue(new Cut(fault, TimeProvider.System.GetElapsedTime(back)));
        }
    }

    private (LoadClient Client, CuttingProxy Line) NewWanderer(int number)
    {
        var line = new CuttingProxy(_server!.Http, FaultSize.SeedOf(seed, number)); // Not null: it is started first.
        var me = new ClientId($"wanderer-{number}");
        var client = new LoadClient(me, line.Address, _history, new FirstAck(), FaultSize.SeedOf(seed, number), Rooms[..3], follows: true);
        client.Start();
        return (client, line);
    }

    /// <summary>Leaves rooms and returns to them, and has the line cut meanwhile, until it is enough.</summary>
    private async Task WanderAsync(LoadClient client, CuttingProxy line, Random dice)
    {
        while (!_enough.IsCancellationRequested)
        {
            for (var i = 0; i < 4; i++)
            {
                await client.WanderAsync(home: false);
                await LiveAsync(dice.Next(10, 100), CancellationToken.None);
            }

            line.Break(dice.Next(2) == 0 ? LineFault.Reset : LineFault.MidFrame);
            await LiveAsync(dice.Next(1, 100), CancellationToken.None);
            line.Mend();
        }
    }

    private static Task LiveAsync(int milliseconds, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, cancellationToken);

    private void Complain(string what)
    {
        lock (_complaints)
        {
            _complaints.Add(what);
        }
    }

    private Dictionary<string, long> Heads()
    {
        var directory = _server!.Services.GetRequiredService<RoomDirectory>(); // Not null: it is started first.
        return Rooms.ToDictionary(r => r, r => directory.Find(r)!.Head); // Not null: created.
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var heads = Heads();
            var waits = _clients.Select(c => c.WaitsFor(heads)).OfType<string>().ToList();
            foreach (var (client, _) in _wanderers)
            {
                if (await client.WaitsForAsync(heads) is { } wait)
                {
                    waits.Add(wait);
                }
            }

            if (waits.Count == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                _complaints.AddRange(waits); // Let the checker have its say too.
                return;
            }

            await LiveAsync(10, cancellationToken);
        }
    }
}

/// <summary>A line broke and was mended.</summary>
/// <param name="Fault">How it broke.</param>
/// <param name="ResumedAfter">
/// From the network's return until the client follows all its rooms live and has passed to it everything that was
/// published up to that return. The client's wait before it dials is in it: see <see cref="ShortWaits"/>.
/// </param>
internal sealed record Cut(LineFault Fault, TimeSpan ResumedAfter);
