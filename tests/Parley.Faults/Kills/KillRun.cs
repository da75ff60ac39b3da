using Parley.Faults.History;
using Parley.Testing;

namespace Parley.Faults.Kills;

/// <summary>
/// Ten rooms, twenty senders of about 25 messages per second each, ten subscribers of which two wander in and out of
/// their rooms; and a server that is killed at random moments, sometimes before it serves again.
/// </summary>
internal sealed class KillRun : IAsyncDisposable
{
    internal const int Rooms = 10;
    private const int Senders = 20;
    private const int Subscribers = 10;
    private const int Wanderers = 2;
    private static readonly TimeSpan SendEvery = TimeSpan.FromMilliseconds(40);

    private readonly ServerCommand _command = ServerCommand.Find();
    private readonly TempFolder _data = new();
    private readonly int _port = ServerProcess.FreePort();
    private readonly RunHistory _history = new();
    private readonly FirstAck _firstAck = new();
    private readonly int _seed;
    private readonly Random _dice;
    private readonly Action<string> _report;
    private readonly List<LoadClient> _senders = [];
    private readonly List<LoadClient> _subscribers = [];
    private readonly List<Task> _activities = [];
    private readonly CancellationTokenSource _enough = new();
    private ServerProcess _server;

    /// <param name="seed">Of the moments of the kills and of what the clients do.</param>
    /// <param name="report">Told what happens, in lines.</param>
    public KillRun(int seed, Action<string> report)
    {
        _seed = seed;
        _dice = new Random(seed);
        _report = report;
        _server = ServerProcess.Start(_command, _port, _data.Path);
    }

    /// <summary>Where the store is, until this run is disposed of.</summary>
    public string Data => _data.Path;

    /// <summary>The longest time from a server's start to the first ack.</summary>
    public TimeSpan LongestFirstAck { get; private set; }

    /// <summary>What the server answered that it should not have.</summary>
    public IEnumerable<string> Complaints => _senders.Concat(_subscribers).SelectMany(c => c.Complaints);

    /// <summary>Plays the scenario, waits until everybody has everything, kills the server a last time and reads its store.</summary>
    public async Task<RecordedRun> PlayAsync(int kills, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        for (var kill = 1; kill <= kills; kill++)
        {
            await LiveAsync(TimeSpan.FromMilliseconds(_dice.Next(50, 4_000)), cancellationToken);
            await KillUnderBurstAsync(cancellationToken);
            NoteFirstAck();
            await RestartAsync();
            if (_dice.Next(5) == 0)
            {
                var early = TimeSpan.FromMilliseconds(_dice.Next(500));
                await Task.Delay(early, TimeProvider.System, cancellationToken);
                await _server.KillAsync();
                await RestartAsync();
                _report($"seed {_seed}, kill {kill}: killed again {early.TotalMilliseconds:0} ms after its start");
            }

            var start = await _server.ReadyAsync(cancellationToken);
            _report($"seed {_seed}, kill {kill} of {kills}: serves again after {start.TotalSeconds:0.00} s");
        }

        await LiveAsync(TimeSpan.FromSeconds(1), cancellationToken);
        await _enough.CancelAsync();
        await Task.WhenAll(_activities);
        await Task.WhenAll(_subscribers.Select(s => s.WanderAsync(home: true)));
        await SettleAsync(cancellationToken);
        NoteFirstAck();
        var run = _history.With(new StoredLog([], []));
        await _server.KillAsync();
        return run with { Store = StoredLog.Read(_data.Path) };
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _enough.CancelAsync();
        await Task.WhenAll(_activities).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_senders.Concat(_subscribers).Select(c => c.DisposeAsync().AsTask())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
        _data.Dispose();
    }

    /// <summary>The name of one of a run's rooms.</summary>
    internal static string RoomName(int number) => $"room-{number % Rooms}";

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var start = await _server.ReadyAsync(cancellationToken);
        _report($"seed {_seed}: serves after {start.TotalSeconds:0.00} s; 20 senders, 10 rooms, 10 subscribers");
        _firstAck.Begin(_server.StartedAt);
        var address = new Uri($"http://127.0.0.1:{_port}");
        await ChatRooms.CreateAsync(address, [.. Enumerable.Range(0, Rooms).Select(RoomName)]);
        for (var i = 0; i < Senders; i++)
        {
            _senders.Add(NewClient($"sender-{i}", address, i, [RoomName(i), RoomName(i + 3)], follows: false));
        }

        for (var i = 0; i < Subscribers; i++)
        {
            _subscribers.Add(NewClient($"subscriber-{i}", address, Senders + i, [RoomName(i), RoomName(i + 1), RoomName(i + 2)], follows: true));
        }

        await SettleAsync(cancellationToken);
        _activities.AddRange(_senders.Select((s, i) => SendAsync(s, new Random(_seed + i))));
        _activities.AddRange(_subscribers.Take(Wanderers).Select((s, i) => WanderAsync(s, new Random(_seed + i))));
    }

    private LoadClient NewClient(string name, Uri address, int number, string[] rooms, bool follows)
    {
        var client = new LoadClient(new ClientId(name), address, _history, _firstAck, FaultSize.SeedOf(_seed, number), rooms, follows);
        client.Start();
        return client;
    }

    private async Task SendAsync(LoadClient sender, Random dice)
    {
        using var timer = new PeriodicTimer(SendEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_enough.Token))
            {
                await sender.WriteAsync(dice.Next(3));
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private async Task WanderAsync(LoadClient subscriber, Random dice)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(50, 800)), TimeProvider.System, _enough.Token);
                await subscriber.WanderAsync(home: false);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    /// <summary>Kills the server a moment after every sender sent some more at once: so that it dies between a send and its ack.</summary>
    private async Task KillUnderBurstAsync(CancellationToken cancellationToken)
    {
        var quitter = _dice.Next(Senders);
        var bursts = Task.WhenAll(_senders.Select((s, i) => i == quitter ? s.WriteAndGiveUpAsync(5) : s.WriteAsync(5)));
        await Task.Delay(TimeSpan.FromMilliseconds(_dice.Next(12)), TimeProvider.System, cancellationToken);
        await _server.KillAsync();
        await bursts;
    }

    private async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _server = ServerProcess.Start(_command, _port, _data.Path);
        _firstAck.Begin(_server.StartedAt);
    }

    private void NoteFirstAck()
    {
        if (_firstAck.At is not 0 and var at)
        {
            var wait = TimeProvider.System.GetElapsedTime(_server.StartedAt, at);
            LongestFirstAck = wait > LongestFirstAck ? wait : LongestFirstAck;
            _report($"seed {_seed}: first ack {wait.TotalSeconds:0.00} s after the start");
        }
    }

    private static Task LiveAsync(TimeSpan time, CancellationToken cancellationToken) =>
        Task.Delay(time, TimeProvider.System, cancellationToken);

    private Task SettleAsync(CancellationToken cancellationToken) =>
        Settling.WaitAsync([.. _senders, .. _subscribers], _data.Path, () => _server.Output, cancellationToken);
}
