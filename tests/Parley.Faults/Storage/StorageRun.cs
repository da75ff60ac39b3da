using System.Text.Json;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Storage;

/// <summary>
/// Four rooms, eight senders of about forty messages per second each, four subscribers; and a server on a data folder whose
/// disk the test has in its hands.
/// </summary>
/// <param name="seed">Of what the clients do.</param>
/// <param name="data">The data folder.</param>
/// <param name="environment">What the server's process gets.</param>
/// <param name="limits">Whether the server limits the rates.</param>
internal sealed class StorageRun(int seed, string data, IReadOnlyDictionary<string, string> environment, bool limits = false) : IAsyncDisposable
{
    private const int Rooms = 4;
    private const int Senders = 8;
    private const int Subscribers = 4;
    private static readonly TimeSpan SendEvery = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(60);

    private readonly ServerCommand _command = limits ? ServerCommand.Find().WithLimits() : ServerCommand.Find();
    private readonly int _port = ServerProcess.FreePort();
    private readonly List<LoadClient> _senders = [];
    private readonly List<LoadClient> _subscribers = [];
    private readonly CancellationTokenSource _enough = new();
    private Task _sending = Task.CompletedTask;
    private ServerProcess? _server;

    /// <summary>What the clients did and saw.</summary>
    public RunHistory History { get; } = new();

    /// <summary>The server's address.</summary>
    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>What the server answered that it should not have.</summary>
    public IEnumerable<string> Complaints => Clients.SelectMany(c => c.Complaints);

    /// <summary>The server's last lines of output.</summary>
    public string Output => _server?.Output ?? "";

    private IEnumerable<LoadClient> Clients => _senders.Concat(_subscribers);

    /// <summary>Messages acked so far.</summary>
    public int Acks => Count<Acked>();

    /// <summary>Connections that ended so far.</summary>
    public int Ends => Count<Ended>();

    /// <summary>Messages refused so far.</summary>
    public int Refusals => Count<Refused>();

    /// <summary>Starts the server, and does not wait until it serves.</summary>
    public async Task StartServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _server = ServerProcess.Start(_command, _port, data, environment);
    }

    /// <summary>Waits until the server serves.</summary>
    public Task<TimeSpan> ReadyAsync() => _server!.ReadyAsync(TestContext.Current.CancellationToken); // Not null: it was started.

    /// <summary>Kills the server as <c>kill -9</c> does.</summary>
    public Task KillServerAsync() => _server!.KillAsync(); // Not null: it was started.

    /// <summary>Makes the rooms, and lets the clients come and send.</summary>
    public async Task BeginAsync()
    {
        await using (var founder = await WireClient.OpenAsync(Address, "/ws", "Sec-WebSocket-Protocol: parley.v1.json"))
        {
            await founder.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"founder"}}""");
            for (var i = 0; i < Rooms; i++)
            {
                await founder.SendTextAsync($$"""{"t":"create","id":{{i}},"room":"room-{{i}}"}""");
                using var answer = JsonDocument.Parse(await founder.ReceiveTextAsync($"\"re\":{i}"));
                Assert.Equal("ok", answer.RootElement.GetProperty("t").GetString());
            }
        }

        _senders.AddRange(Enumerable.Range(0, Senders).Select(i => NewClient($"sender-{i}", i, follows: false)));
        _subscribers.AddRange(Enumerable.Range(0, Subscribers).Select(i => NewClient($"subscriber-{i}", Senders + i, follows: true)));
        await SettleAsync();
        _sending = Task.WhenAll(_senders.Select((s, i) => SendAsync(s, new Random(seed + i))));
    }

    /// <summary>Lets every sender send some at once.</summary>
    public Task BurstAsync(int count = 5) => Task.WhenAll(_senders.Select(s => s.WriteAsync(count)));

    /// <summary>Ends the sending, and waits until everything is acked and everybody has everything.</summary>
    public async Task EndAsync()
    {
        await _enough.CancelAsync();
        await _sending;
        await SettleAsync();
    }

    /// <summary>What the readiness probe answers; empty if nothing does.</summary>
    public async Task<string> AskReadinessAsync()
    {
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.GetAsync(new Uri("/readyz", UriKind.Relative));
            return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }

    /// <summary>Waits for something, and says how long it took.</summary>
    /// <exception cref="TimeoutException">It did not come to be within <see cref="WireClient.Patience"/>.</exception>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > WireClient.Patience)
            {
                throw new TimeoutException("It never came to be that " + what);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return TimeProvider.System.GetElapsedTime(start);
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(Clients.Select(c => c.DisposeAsync().AsTask())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _enough.Dispose();
    }

    private int Count<T>() => History.With(new StoredLog([], [])).Entries.OfType<T>().Count();

    private LoadClient NewClient(string name, int number, bool follows)
    {
        string[] rooms = [$"room-{number % Rooms}", $"room-{(number + 1) % Rooms}"];
        var client = new LoadClient(new ClientId(name), Address, History, new FirstAck(), HashCode.Combine(seed, number), rooms, follows)
        {
            TakesRefusals = true,
        };
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

    private async Task SettleAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (await FirstWaitAsync() is { } wait)
        {
            if (TimeProvider.System.GetElapsedTime(start) > SettlePatience)
            {
                throw new TimeoutException($"{wait}\n{string.Join('\n', Complaints)}\n{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private async Task<string?> FirstWaitAsync()
    {
        var heads = StoredLog.ReadHeads(data).ToDictionary(r => r.Name, r => r.Head);
        foreach (var client in Clients)
        {
            await client.WriteAsync(0); // What was refused goes again.
            if (await client.WaitsForAsync(heads) is { } wait)
            {
                return wait;
            }
        }

        return null;
    }
}
