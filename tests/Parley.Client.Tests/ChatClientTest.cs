using Microsoft.Extensions.Time.Testing;

namespace Parley.Client.Tests;

/// <summary>A client and its scripted server.</summary>
public abstract class ChatClientTest : IAsyncLifetime
{
    // Real time between two steps of the fake clock, so that what one step causes is done before the next.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly List<ChatClient> clients = [];

    private protected ScriptedServer Server { get; private set; } = null!; // Set by InitializeAsync, which runs first.

    private protected MemoryClientState Store { get; } = new();

    public async ValueTask InitializeAsync() => Server = await ScriptedServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
        {
            await Bounded(client.DisposeAsync().AsTask());
        }

        await Bounded(Server.DisposeAsync().AsTask());
        GC.SuppressFinalize(this);
    }

    private protected ChatClient NewClient(Action<ChatClientOptions>? change = null)
    {
        var options = new ChatClientOptions
        {
            Server = Server.Address,
            GuestName = "ana",
            StateStore = Store,
            Random = new NoJitter(),
        };
        change?.Invoke(options);
        var client = new ChatClient(options);
        clients.Add(client);
        return client;
    }

    /// <summary>A client that is live, and its connection.</summary>
    private protected async Task<(ChatClient Client, ScriptedConnection Connection)> LiveAsync(Action<ChatClientOptions>? change = null)
    {
        var client = NewClient(change);
        var connecting = client.ConnectAsync();
        var (connection, _) = await Server.WelcomeAsync();
        await Bounded(connecting);
        return (client, connection);
    }

    /// <summary>A live client that follows the lobby from this seq.</summary>
    private protected async Task<(ChatClient Client, ScriptedConnection Connection)> FollowingAsync(
        long after = 0,
        Action<ChatClientOptions>? change = null)
    {
        var (client, connection) = await LiveAsync(change);
        var subscribing = client.SubscribeAsync("lobby", after);
        await connection.ServeSubAsync(after);
        await Bounded(subscribing);
        return (client, connection);
    }

    private protected static Task Bounded(Task task) => task.WaitAsync(ScriptedServer.Patience);

    private protected static Task<T> Bounded<T>(Task<T> task) => task.WaitAsync(ScriptedServer.Patience);

    /// <summary>Reads events, but for the replay's ends, until there are so many.</summary>
    private protected static async Task<List<string>> ReadAsync(ChatClient client, int count)
    {
        using var bound = new CancellationTokenSource(ScriptedServer.Patience);
        var seen = new List<string>();
        await foreach (var next in client.ReadEventsAsync(bound.Token))
        {
            if (Text(next) is { } text)
            {
                seen.Add(text);
            }

            if (seen.Count == count)
            {
                break;
            }
        }

        return seen;
    }

    private protected static async Task<T> StateAsync<T>(ChatClient client)
        where T : ConnectionState
    {
        using var bound = new CancellationTokenSource(ScriptedServer.Patience);
        await foreach (var state in client.WatchStateAsync(bound.Token))
        {
            if (state is T wanted)
            {
                return wanted;
            }
        }

        throw new InvalidOperationException("The client was disposed.");
    }

    /// <summary>Lets the fake clock run, a little at a time, until something is done.</summary>
    private protected static async Task<T> AdvanceUntilAsync<T>(FakeTimeProvider clock, TimeSpan step, Task<T> done)
    {
        using var bound = new CancellationTokenSource(ScriptedServer.Patience);
        while (!done.IsCompleted)
        {
            clock.Advance(step);
            await Task.WhenAny(done, Task.Delay(Pace, TimeProvider.System, bound.Token));
            bound.Token.ThrowIfCancellationRequested();
        }

        return await done;
    }

    private static string? Text(ChatEvent next) => next switch
    {
        RoomEvent e => $"{e.Event.Seq}",
        RoomGap g => $"gap {g.From}-{g.To}",
        RoomReset r => $"reset {r.Reason}",
        SignalReceived s => $"{s.Signal.K} {s.Signal.By}",
        SendRefused s => $"refused {s.Cid} {s.Code}",
        _ => null,
    };

    /// <summary>Reconnects at once; the rest is random.</summary>
    private sealed class NoJitter : Random
    {
        public override double NextDouble() => 0;
    }
}
