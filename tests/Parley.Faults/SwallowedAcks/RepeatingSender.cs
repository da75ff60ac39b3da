using System.Text.Json;
using Parley.Faults.History;
using Parley.Testing;

namespace Parley.Faults.SwallowedAcks;

/// <summary>A guest in the lobby that sends what it is told, as often as it is told, over a bare socket.</summary>
internal sealed class RepeatingSender(string name, RunHistory history) : IAsyncDisposable
{
    private readonly ClientId _me = new(name);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (Message Message, TaskCompletionSource<Acked> Acked)> _awaited = [];
    private WireClient? _wire;
    private Task _reading = Task.CompletedTask;
    private long _lastId;

    /// <summary>Connects, after an earlier connection was reset.</summary>
    public async Task ConnectAsync(Uri server)
    {
        await DisposeAsync();
        _wire = await WireClient.OpenAsync(server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
        await _wire.SendTextAsync($$$"""{"t":"hello","v":1,"guest":{"name":"{{{name}}}"}}""");
        await _wire.ReceiveTextAsync("\"welcome\"");
        history.Add(new Begun(_me));
        _reading = ReadAsync(_wire);
    }

    /// <summary>Sends messages; their acks are swallowed.</summary>
    public async Task SendAsync(IReadOnlyList<Message> messages)
    {
        foreach (var message in messages)
        {
            await Wire.SendTextAsync(Request(message, awaited: null));
        }
    }

    /// <summary>Sends messages and takes their acks.</summary>
    public async Task<IReadOnlyList<Acked>> SendAndHearAsync(IReadOnlyList<Message> messages)
    {
        var acks = new List<Task<Acked>>();
        foreach (var message in messages)
        {
            await Wire.SendTextAsync(Request(message, NewAwaited(acks)));
        }

        return await Task.WhenAll(acks).WaitAsync(WireClient.Patience);
    }

    /// <summary>Sends each message twice in one frame, before anything can have been answered, and takes the second ack.</summary>
    public async Task<IReadOnlyList<Acked>> SendTwiceAndHearAsync(IReadOnlyList<Message> messages)
    {
        var acks = new List<Task<Acked>>();
        foreach (var message in messages)
        {
            await Wire.SendTextAsync($"{Request(message, awaited: null)}\n{Request(message, NewAwaited(acks))}");
        }

        return await Task.WhenAll(acks).WaitAsync(WireClient.Patience);
    }

    /// <summary>Vanishes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_wire is not null)
        {
            _wire.Reset();
            await _reading;
            await _wire.DisposeAsync();
            history.Add(new Ended(_me));
            _wire = null;
        }
    }

    private WireClient Wire => _wire ?? throw new InvalidOperationException("It is not connected.");

    private static TaskCompletionSource<Acked> NewAwaited(List<Task<Acked>> acks)
    {
        var acked = new TaskCompletionSource<Acked>(TaskCreationOptions.RunContinuationsAsynchronously);
        acks.Add(acked.Task);
        return acked;
    }

    private string Request(Message message, TaskCompletionSource<Acked>? awaited)
    {
        history.Add(new Sent(_me, "lobby", message.Cid, message.Text));
        lock (_gate)
        {
            var id = ++_lastId;
            if (awaited is not null)
            {
                _awaited[id] = (message, awaited);
            }

            return $$"""{"t":"send","id":{{id}},"room":"lobby","cid":"{{message.Cid}}","text":{{JsonSerializer.Serialize(message.Text)}}}""";
        }
    }

    private async Task ReadAsync(WireClient wire)
    {
        try
        {
            while (true)
            {
                foreach (var line in (await wire.ReceiveTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    using var json = JsonDocument.Parse(line);
                    Take(json.RootElement);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or TimeoutException)
        {
            // The connection is over; what it still owed is awaited in vain, with a bound.
        }
    }

    private void Take(JsonElement answer)
    {
        lock (_gate)
        {
            if (!answer.TryGetProperty("re", out var re) || !_awaited.Remove(re.GetInt64(), out var awaited))
            {
                return; // Swallowed, or no answer.
            }

            if (JsonEntries.Text(answer, "t") == "ok")
            {
                var acked = JsonEntries.Acked(_me, "lobby", awaited.Message.Cid, answer);
                history.Add(acked);
                awaited.Acked.SetResult(acked);
            }
            else
            {
                awaited.Acked.SetException(new InvalidOperationException("Not acked but " + answer));
            }
        }
    }
}

/// <summary>A message by its idempotency key.</summary>
internal sealed record Message(string Cid, string Text);
