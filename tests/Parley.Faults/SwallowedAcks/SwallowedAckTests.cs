using Microsoft.Extensions.Time.Testing;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.SwallowedAcks;

/// <summary>
/// The ack of every message is swallowed, and the message is sent again under the same cid: whenever and wherever that
/// happens, it is told the same seq, flagged <c>dup</c>, and the message is stored once.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "swallowed-acks")]
public sealed class SwallowedAckTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Occasions = 6;

    private readonly TempFolder _data = new();
    private readonly RunHistory _history = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly List<Message> _messages = [];
    private RepeatingSender? _sender;
    private ChatServer? _server;
    private ServerProcess? _process;

    private RepeatingSender Sender => _sender!; // Not null: InitializeAsync makes it.

    public ValueTask InitializeAsync()
    {
        var (count, seed) = (FaultSize.Count(ci: 1_000), FaultSize.Seed());
        output.WriteLine($"eng/faults swallowed-acks --count {count} --seed {seed}");
        var dice = new Random(seed);
        for (var i = 0; i < (count + Occasions - 1) / Occasions; i++)
        {
            _messages.Add(new Message($"cid-{i}", $"{i} żółw 🐢 {new string('.', dice.Next(200))}"));
        }

        _sender = new RepeatingSender("ana", _history);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Sender.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _data.Dispose();
    }

    [Fact]
    public async Task Sent_again_in_the_same_frame()
    {
        await Sender.ConnectAsync(await StartAsync());
        await CheckAsync(await Sender.SendTwiceAndHearAsync(_messages));
    }

    [Fact]
    public async Task Sent_again_on_the_same_socket()
    {
        await SendAndLoseAcksAsync(await StartAsync());
        await CheckAsync(await Sender.SendAndHearAsync(_messages));
    }

    [Fact]
    public async Task Sent_again_on_a_new_connection()
    {
        var server = await StartAsync();
        await SendAndLoseAcksAsync(server);
        await Sender.ConnectAsync(server);
        await CheckAsync(await Sender.SendAndHearAsync(_messages));
    }

    [Fact]
    public async Task Sent_again_after_a_restart()
    {
        await SendAndLoseAcksAsync(await StartAsync());
        await _server!.DisposeAsync(); // Not null: started.
        await Sender.ConnectAsync(await StartAsync());
        await CheckAsync(await Sender.SendAndHearAsync(_messages));
    }

    [Fact]
    public async Task Sent_again_after_kill_9()
    {
        await SendAndLoseAcksAsync(await StartProcessAsync());
        await _process!.KillAsync(); // Not null: started.
        await _process.DisposeAsync();
        await Sender.ConnectAsync(await StartProcessAsync());
        await CheckAsync(await Sender.SendAndHearAsync(_messages));
    }

    [Fact]
    public async Task Sent_again_a_day_later()
    {
        var server = await StartAsync();
        await SendAndLoseAcksAsync(server);
        _clock.Advance(TimeSpan.FromHours(25));
        await Sender.ConnectAsync(server);
        await CheckAsync(await Sender.SendAndHearAsync(_messages));
    }

    private async Task<Uri> StartAsync()
    {
        _server = await ChatServer.StartAsync(o => o.LiftLimits(), _clock, _data.Path);
        return _server.Http;
    }

    private async Task<Uri> StartProcessAsync()
    {
        var port = ServerProcess.FreePort();
        _process = ServerProcess.Start(ServerCommand.Find(), port, _data.Path);
        await _process.ReadyAsync(TestContext.Current.CancellationToken);
        return new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Sends everything, hears nothing of it, and returns when all of it is stored.</summary>
    private async Task SendAndLoseAcksAsync(Uri server)
    {
        await Sender.ConnectAsync(server);
        var before = Head();
        await Sender.SendAsync(_messages);
        await Eventually.TrueAsync(() => Head() == before + _messages.Count);
    }

    private long Head() => StoredLog.ReadHeads(_data.Path).Single(r => r.Name == "lobby").Head;

    private async Task CheckAsync(IReadOnlyList<Acked> repeated)
    {
        await Sender.DisposeAsync();
        await (_server?.StopAsync() ?? _process!.KillAsync()); // Not null: one of them was started.
        var run = _history.With(StoredLog.Read(_data.Path));
        Assert.Empty(HistoryChecker.Check(run));
        var stored = run.Store.Events.Where(e => e.Cid is not null).ToDictionary(e => e.Cid!, e => e.Seq); // Not null: filtered. Throws at a cid stored twice.
        Assert.Equal(_messages.Select(m => stored[m.Cid]), repeated.Select(a => a.Seq));
        Assert.All(repeated, a => Assert.True(a.Dup, $"{a}"));
        output.WriteLine($"{repeated.Count} sends repeated: each told its first seq and dup, each stored once");
    }
}
