using System.Net.Sockets;
using System.Text.Json;
using Parley.Faults.History;
using Parley.Testing;

namespace Parley.Faults.Kills;

/// <summary>
/// A client that keeps the rules of resume as the protocol states them, and records all it does and sees. It shares no
/// code with Parley.Client, on purpose: one of them may be wrong.
/// </summary>
internal sealed partial class LoadClient : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2); // The protocol has 30 s; a run has not.

    private readonly ClientId _me;
    private readonly Uri _server;
    private readonly RunHistory _history;
    private readonly FirstAck _firstAck;
    private readonly Random _dice;
    private readonly Random _pauses;
    private readonly Dictionary<string, FollowedRoom> _rooms;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _gate = new(1); // Over all below, and over the order of what is written.
    private readonly Dictionary<long, Func<JsonElement, Task>> _pending = [];
    private readonly List<string> _complaints = [];
    private WireClient? _wire; // Null while there is no connection that has been welcomed.
    private long _connectedAt;
    private string? _epoch;
    private long _lastId;
    private Task _running = Task.CompletedTask;

    /// <param name="me">Who it is.</param>
    /// <param name="server">Where it connects.</param>
    /// <param name="history">Where it records.</param>
    /// <param name="firstAck">What it tells of acks.</param>
    /// <param name="seed">Of its choices.</param>
    /// <param name="rooms">The rooms it belongs to.</param>
    /// <param name="follows">Whether it follows them.</param>
    public LoadClient(ClientId me, Uri server, RunHistory history, FirstAck firstAck, int seed, IEnumerable<string> rooms, bool follows)
    {
        _me = me;
        _server = server;
        _history = history;
        _firstAck = firstAck;
        _dice = new Random(seed);
        _pauses = new Random(seed + 1);
        _rooms = rooms.ToDictionary(r => r, r => new FollowedRoom(r, follows));
    }

    /// <summary>What the server answered that it should not have.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>
    /// Whether sends may be refused for the time being: they then go again, in order, with the same cids. Otherwise a refusal
    /// is a complaint.
    /// </summary>
    public bool TakesRefusals { get; init; }

    /// <summary>Connects, and reconnects until it is disposed of.</summary>
    public void Start() => _running = RunAsync();

    /// <summary>What this client still waits for; null: nothing, it has joined, sent and got all.</summary>
    /// <param name="heads">The heads of the rooms.</param>
    public async Task<string?> WaitsForAsync(IReadOnlyDictionary<string, long> heads)
    {
        if (_running.IsFaulted)
        {
            await _running;
        }

        await _gate.WaitAsync();
        try
        {
            return _wire is null ? $"{_me} is not connected"
                : _outbox.Count > 0 ? $"{_me} has {_outbox.Count} messages unacked"
                : _pending.Count > 0 ? $"{_me} has {_pending.Count} requests unanswered"
                : _rooms.Values.FirstOrDefault(r => r.Joined && r.Follows && !(r.Live && r.Cursor == heads[r.Name])) is { } room
                    ? $"{_me} holds {room.Name} up to {room.Cursor} of {heads[room.Name]}"
                : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _gate.Dispose();
    }

    private async Task RunAsync()
    {
        var failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            if (await ServeAsync())
            {
                failures = 0;
            }

            var longest = Math.Min(LongestPause.TotalSeconds, 0.5 * Math.Pow(2, failures++));
            await Task.Delay(TimeSpan.FromSeconds(_pauses.NextDouble() * longest), TimeProvider.System, _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One connection, from its beginning to its end.</summary>
    /// <returns>Whether the server welcomed it.</returns>
    private async Task<bool> ServeAsync()
    {
        try
        {
            _connectedAt = TimeProvider.System.GetTimestamp();
            await using var wire = await WireClient.UpgradeAsync(_server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
            if (!wire.Response.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            {
                Complain(wire.Response.Length == 0 ? null : "the handshake was refused: " + wire.Response);
                return false;
            }

            await using var cut = _stop.Token.Register(() => wire.Socket.Dispose());
            await HelloAsync(wire);
            while (await wire.ReceiveAsync() is { } frame && await TakeAsync(wire, frame))
            {
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // It comes back.
        }

        return await EndAsync();
    }

    private async Task HelloAsync(WireClient wire)
    {
        await _gate.WaitAsync();
        try
        {
            _history.Add(new Begun(_me));
            var cursors = new List<string>();
            foreach (var room in _rooms.Values.Where(r => r.Joined && r.Follows))
            {
                BeginFollowing(room);
                cursors.Add($"\"{room.Name}\":{room.Cursor}");
            }

            var resume = _epoch is null ? "" : $",\"epoch\":\"{_epoch}\",\"cursors\":{{{string.Join(',', cursors)}}}";
            await wire.SendTextAsync($$"""{"t":"hello","v":1,"guest":{"name":"{{_me.User}}"}{{resume}}}""");
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<bool> EndAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _history.Add(new Ended(_me));
            var welcomed = _wire is not null;
            _wire = null;
            _pending.Clear();
            _refused.Clear(); // With the rest of the outbox, on the next connection.
            foreach (var room in _rooms.Values)
            {
                room.Live = false;
            }

            if (_givesUp)
            {
                _givesUp = false;
                _outbox.Clear();
            }

            return welcomed;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes a frame; false when it is the last.</summary>
    private async Task<bool> TakeAsync(WireClient wire, WireFrame frame)
    {
        if (frame.Opcode == 9)
        {
            await wire.SendBytesAsync(WireClient.Frame(10, frame.Payload));
            return true;
        }

        if (frame.Opcode != 1)
        {
            Complain($"not a text but opcode {frame.Opcode}, {frame.CloseCode} {frame.CloseReason}");
            return false;
        }

        await _gate.WaitAsync();
        try
        {
            foreach (var line in frame.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                await TakeAsync(wire, json.RootElement);
            }
        }
        finally
        {
            _gate.Release();
        }

        return true;
    }

    /// <summary>Whether that is how a connection ends when its server is killed.</summary>
    private static bool IsEnd(Exception e) => e is IOException or SocketException or ObjectDisposedException or TimeoutException;

    private void Complain(string? what)
    {
        if (what is not null)
        {
            lock (_complaints)
            {
                _complaints.Add($"{_me}: {what}");
            }
        }
    }

    /// <summary>Asks for something; what the answer means is told when it comes.</summary>
    private async Task RequestAsync(WireClient wire, string fields, Func<JsonElement, Task> answered)
    {
        var id = ++_lastId;
        _pending[id] = answered;
        await wire.SendTextAsync($$"""{"id":{{id}},{{fields}}}""");
    }

    /// <summary>A room of this client's.</summary>
    private sealed class FollowedRoom(string name, bool follows)
    {
        public string Name { get; } = name;

        /// <summary>Whether it wants the room's events.</summary>
        public bool Follows { get; } = follows;

        /// <summary>Whether it wants to be a member.</summary>
        public bool Wanted { get; set; } = true;

        /// <summary>Whether it was told that it is.</summary>
        public bool Joined { get; set; }

        /// <summary>Seq of the last event held.</summary>
        public long Cursor { get; set; }

        /// <summary>Whether its replay is over.</summary>
        public bool Live { get; set; }

        /// <summary>Whether the replay has left something out, which its end will name.</summary>
        public bool Gap { get; set; }
    }
}
