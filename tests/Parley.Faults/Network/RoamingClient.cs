using Parley.Client;
using Parley.Faults.History;
using Parley.Protocol.Messages;

namespace Parley.Faults.Network;

/// <summary>
/// A user of <see cref="ChatClient"/> behind a line of its own: writes to its rooms, reads what comes, and checks what
/// the library promises: each event once, in order, and each message stored where <c>SendAsync</c> said.
/// </summary>
internal sealed class RoamingClient : IAsyncDisposable
{
    private const int MostUnanswered = 100;
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(1); // Not 10 to 30 s: a run is short.

    private readonly string _name;
    private readonly string[] _rooms;
    private readonly Random _dice;
    private readonly ChatClient _client;
    private readonly Dictionary<string, long> _taken = [];
    private readonly List<Written> _written = [];
    private readonly List<string> _complaints = []; // Of the reading loop; read by others when it has ended.
    private Task _reading = Task.CompletedTask;

    /// <param name="name">Its user name.</param>
    /// <param name="server">Where the server is.</param>
    /// <param name="rooms">The rooms it belongs to; they exist.</param>
    /// <param name="history">Where its line records.</param>
    /// <param name="seed">Of what it writes and of where its frames are cut.</param>
    public RoamingClient(string name, Uri server, string[] rooms, RunHistory history, int seed)
    {
        _name = name;
        _rooms = rooms;
        _dice = new Random(seed);
        Record = new LineRecord(new ClientId(name), history);
        Line = new CuttingProxy(server, seed, Record);
        _client = new ChatClient(new ChatClientOptions
        {
            Server = Line.Address.AbsoluteUri,
            GuestName = name,
            Random = new ShortWaits(seed),
            ConnectTimeout = Impatience,
            WelcomeTimeout = Impatience,
            RequestTimeout = Impatience,
        });
    }

    /// <summary>Its way to the server.</summary>
    public CuttingProxy Line { get; }

    /// <summary>What passed there.</summary>
    public LineRecord Record { get; }

    /// <summary>Connects, joins its rooms and follows them.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _client.ConnectAsync(cancellationToken);
        _reading = ReadAsync();
        foreach (var room in _rooms)
        {
            await _client.JoinAsync(room, cancellationToken);
            await _client.SubscribeAsync(room, cancellationToken: cancellationToken);
        }
    }

    /// <summary>Writes to its rooms, whatever the line does, until it is enough.</summary>
    public async Task WriteAsync(TimeSpan every, CancellationToken enough)
    {
        using var timer = new PeriodicTimer(every);
        try
        {
            while (await timer.WaitForNextTickAsync(enough))
            {
                if (_client.UnsentCount < MostUnanswered)
                {
                    var room = _rooms[_dice.Next(_rooms.Length)];
                    var text = $"{_written.Count} of {_name} – żółw 🐢 {new string('.', _dice.Next(80))}";
                    _written.Add(new Written(room, text, _client.SendAsync(room, text, cancellationToken: CancellationToken.None)));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    /// <summary>What this client still waits for, now that nobody writes; null: nothing.</summary>
    public string? WaitsFor(IReadOnlyDictionary<string, long> heads) =>
        _client.UnsentCount > 0 ? $"{_name} has {_client.UnsentCount} messages unacked"
        : !Record.IsCaughtUp(heads) ? $"{Record}"
        : _rooms.FirstOrDefault(r => TakenOf(r) < heads[r]) is { } behind ? $"{_name} was given {behind} up to {TakenOf(behind)} of {heads[behind]}"
        : null;

    /// <summary>Everything that was not as the library promises. When nobody writes any more.</summary>
    public IReadOnlyList<string> Check(StoredLog store)
    {
        var complaints = new List<string>([.. Record.Complaints, .. _complaints]);
        var stored = store.Events.Where(e => e.By == _name).ToDictionary(e => (e.Room, e.Seq), e => e.Text);
        var last = new Dictionary<string, long>();
        foreach (var written in _written)
        {
            if (!written.Sent.IsCompletedSuccessfully)
            {
                complaints.Add($"{_name} wrote to {written.Room} and was told nothing of it, or {written.Sent.Exception}");
                continue;
            }

            var sent = written.Sent.GetAwaiter().GetResult();
            if (stored.GetValueOrDefault((written.Room, sent.Seq)) != written.Text)
            {
                complaints.Add($"{_name} was told that its message is {written.Room} {sent.Seq}; stored there is another");
            }

            if (sent.Seq <= last.GetValueOrDefault(written.Room))
            {
                complaints.Add($"{_name} wrote what became {written.Room} {sent.Seq} after what became {last[written.Room]}");
            }

            last[written.Room] = sent.Seq;
        }

        return complaints;
    }

    /// <summary>Goes away for good.</summary>
    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _reading;
        await Line.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        await foreach (var next in _client.ReadEventsAsync())
        {
            switch (next)
            {
                case RoomEvent { Event: var e }:
                    Take(e);
                    break;
                case RoomSynced synced when !_taken.ContainsKey(synced.Room):
                    SetTaken(synced.Room, synced.Head); // It begins here.
                    break;
                case RoomGap or RoomReset or SendRefused:
                    _complaints.Add($"{_name} was given {next}");
                    break;
            }
        }
    }

    private void Take(Event e)
    {
        var last = TakenOf(e.Room);
        if (e.Seq != last + 1)
        {
            _complaints.Add($"{_name} was given {e.Room} {e.Seq} after {last}");
        }

        SetTaken(e.Room, e.Seq);
        Record.Taken(e.Room, e.Seq);
    }

    private long TakenOf(string room)
    {
        lock (_taken)
        {
            return _taken.GetValueOrDefault(room);
        }
    }

    private void SetTaken(string room, long seq)
    {
        lock (_taken)
        {
            _taken[room] = seq;
        }
    }

    /// <summary>A message, and what became of it.</summary>
    private sealed record Written(string Room, string Text, Task<SentMessage> Sent);
}
