using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Backups;

/// <summary>
/// Ten rooms and ten senders of about 50 messages a second each, and backups of their server, one after the other: mostly
/// while it runs, now and then of what a killed one left. Each is restored and judged at once.
/// </summary>
internal sealed class BackupRun : IAsyncDisposable
{
    private const int Senders = 10;
    private const int KillEvery = 3;
    private static readonly TimeSpan SendEvery = TimeSpan.FromMilliseconds(20);

    private readonly ServerCommand _command = ServerCommand.Find();
    private readonly TempFolder _temp = new();
    private readonly int _port = ServerProcess.FreePort();
    private readonly RunHistory _history = new();
    private readonly FirstAck _firstAck = new();
    private readonly Random _dice;
    private readonly int _seed;
    private readonly Func<string, string, Task> _take;
    private readonly List<LoadClient> _senders = [];
    private readonly List<Task> _activities = [];
    private readonly CancellationTokenSource _enough = new();
    private ServerProcess _server;

    /// <param name="seed">Of what the senders do.</param>
    /// <param name="take">Makes a file of a data folder; null: as <c>parley backup</c> does.</param>
    public BackupRun(int seed, Func<string, string, Task>? take = null)
    {
        _seed = seed;
        _take = take ?? (static (data, file) => AdminCommand.RunAsync("backup", file, "--data", data));
        _dice = new Random(seed);
        _server = ServerProcess.Start(_command, _port, Data);
    }

    /// <summary>Messages acked so far.</summary>
    public int Acks => Entries.OfType<Acked>().Count();

    /// <summary>What the server answered that it should not have.</summary>
    public IEnumerable<string> Complaints => _senders.SelectMany(s => s.Complaints);

    private string Data => Path.Combine(_temp.Path, "data");

    private IReadOnlyList<Entry> Entries => _history.With(new StoredLog([], [])).Entries;

    /// <summary>Starts the senders.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _server.ReadyAsync(cancellationToken);
        var address = new Uri($"http://127.0.0.1:{_port}");
        await ChatRooms.CreateAsync(address, [.. Enumerable.Range(0, KillRun.Rooms).Select(KillRun.RoomName)]);
        for (var i = 0; i < Senders; i++)
        {
            var sender = new LoadClient(
                new ClientId($"sender-{i}"), address, _history, _firstAck, FaultSize.SeedOf(_seed, i), [KillRun.RoomName(i), KillRun.RoomName(i + 3)], follows: false);
            sender.Start();
            _senders.Add(sender);
        }

        await SettleAsync(cancellationToken);
        _activities.AddRange(_senders.Select((s, i) => SendAsync(s, new Random(_seed + i))));
    }

    /// <summary>Takes a backup, restores it into a folder of its own, and judges it.</summary>
    public async Task<(TakenBackup Backup, IReadOnlyList<Violation> Violations)> BackUpAsync(int number, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_dice.Next(50, 400)), TimeProvider.System, cancellationToken);
        var killed = number % KillEvery == 0;
        if (killed)
        {
            await _server.KillAsync();
        }

        var before = Entries.Count;
        var file = Path.Combine(_temp.Path, $"{number}.db");
        await _take(Data, file);
        var entries = Entries;
        if (killed)
        {
            await _server.DisposeAsync();
            _server = ServerProcess.Start(_command, _port, Data);
            await _server.ReadyAsync(cancellationToken);
        }

        var restored = Path.Combine(_temp.Path, $"{number}");
        await AdminCommand.RunAsync("restore", file, "--data", restored);
        var backup = TakenBackup.Read(restored);
        Directory.Delete(restored, recursive: true);
        File.Delete(file);

        // It must hold what was acked before it began, and may hold what was sent before it ended.
        var judged = entries.Where((entry, i) => entry is Sent or Refused || (entry is Acked && i < before));
        return (backup, HistoryChecker.Check(new RecordedRun([.. judged], backup.Log)));
    }

    /// <summary>Ends the load, and reads all that was stored.</summary>
    public async Task<TakenBackup> EndAsync(CancellationToken cancellationToken)
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_activities);
        await SettleAsync(cancellationToken);
        await _server.KillAsync();
        return TakenBackup.Read(Data);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _enough.CancelAsync();
        await Task.WhenAll(_activities).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_senders.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
        _temp.Dispose();
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

    /// <summary>Waits until every sender has joined and has nothing unacked.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        foreach (var sender in _senders)
        {
            while (await sender.WaitsForAsync(new Dictionary<string, long>()) is { } wait)
            {
                if (TimeProvider.System.GetElapsedTime(start) > WireClient.Patience)
                {
                    throw new TimeoutException($"{wait}.\n{_server.Output}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            }
        }
    }
}
