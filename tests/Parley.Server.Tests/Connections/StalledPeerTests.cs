using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Connections;
using Parley.Server.Rooms;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>A peer that does not read, or a server that is busy, is no reason to cut a line; a write stuck for 60 s is.</summary>
public sealed class StalledPeerTests
{
    private const int Messages = 3_000;

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_write_stuck_for_59_s_goes_on_and_one_stuck_for_longer_than_60_s_is_cut()
    {
        await using var server = await StartAsync(tls: false, o => o.Connections.PingAfter = TimeSpan.FromHours(1));
        await using var patient = await StallAsync(server);
        _clock.AdvanceSeconds(59);
        await ReadBacklogAsync(patient);
        await patient.SendTextAsync("""{"t":"unsub","id":9,"room":"lobby"}""");
        await patient.ReceiveTextAsync("\"re\":9");

        await using var stuck = await StallAsync(server);
        var cut = await _clock.AdvanceUntilAsync(Eventually.TrueAsync(() => Wired.Registry(server).Count == 1), TimeSpan.FromSeconds(120));
        Assert.InRange(cut.TotalSeconds, 60, 120);
        Assert.False(await stuck.ReceiveEndAsync(), "No FIN can pass a write that is stuck.");
        Assert.Empty(await patient.RoundTripAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_reads_a_little_now_and_then_is_never_cut(bool tls)
    {
        await using var server = await StartAsync(tls, o => o.Connections.PingAfter = TimeSpan.FromHours(1));
        await using var client = await StallAsync(server);
        var seqs = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            _clock.AdvanceSeconds(50);
            for (var j = 0; j < 200; j++)
            {
                seqs.Add(SeqOf(await client.ReceiveTextAsync()));
            }

            await ProgressedAsync(server);
            await Eventually.TrueAsync(() => Connection(server).IsStalled);
        }

        await ReadBacklogAsync(client, seqs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_reads_again_has_time_to_answer_the_ping_that_waited(bool tls)
    {
        await using var server = await StartAsync(tls, _ => { });
        await using var client = await StallAsync(server);
        _clock.AdvanceSeconds(59);
        var seqs = new List<long>();
        for (var i = 0; i < 10; i++)
        {
            for (var j = 0; j < 150; j++)
            {
                seqs.Add(SeqOf(await client.ReceiveTextAsync()));
            }

            await ProgressedAsync(server);
            _clock.AdvanceSeconds(2);
        }

        while (seqs.Count < Messages)
        {
            seqs.Add(SeqOf(await client.ReceiveTextAsync()));
        }

        Assert.Empty(await client.RoundTripAsync());
        Assert.Equal(Enumerable.Range(1, Messages).Select(i => (long)i + 2), seqs);
    }

    [Fact]
    public async Task A_message_whose_turn_has_not_come_is_not_an_unfinished_one()
    {
        await using var server = await StartAsync(tls: false, o =>
        {
            o.Connections.PingAfter = TimeSpan.FromHours(1);
            o.Delivery.OutboxBytes = 4_096;
        });
        await using var client = await WireClient.GuestAsync(server, "ana", receiveBuffer: 4_096);
        // Longer than one read of the server, which so sees every message unfinished before it sees it whole.
        var ask = WireClient.Frame(1, System.Text.Encoding.ASCII.GetBytes("{\"t\":\"ping\",\"ts\":1}" + new string(' ', 30_000)));
        var asking = Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                await client.SendBytesAsync(ask);
            }
        }, TestContext.Current.CancellationToken);
        await Eventually.StaysTrueAsync(() => Connection(server).IsStalled && Connection(server).IsBusy);
        _clock.AdvanceSeconds(40);

        for (var i = 0; i < 2_000; i++)
        {
            Assert.StartsWith("{\"t\":\"pong\"", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        }

        await asking;
    }

    [Fact]
    public async Task A_server_that_is_slow_to_store_blames_no_peer_for_its_silence()
    {
        await using var server = await StartAsync(tls: false, _ => { });
        await using var client = await WireClient.GuestAsync(server, "ana");
        var bob = await Wired.ParticipantAsync(server, "bob");
        using var disk = new ManualResetEventSlim();
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new PendingEvent
        {
            Text = "x"u8.ToArray(),
            Done = (_, _) =>
            {
                stored.SetResult();
                disk.Wait(TestContext.Current.CancellationToken);
            },
        };
        await bob.PostAsync(Wired.Room(server), message, TestContext.Current.CancellationToken);
        await stored.Task;
        // The answer to the join waits for the writer; nothing after it is read meanwhile.
        await client.SendTextAsync("""{"t":"create","id":1,"room":"den"}""");
        await client.SendBytesAsync(WireClient.Frame(9, "still here"u8));
        await Eventually.TrueAsync(() => Connection(server).IsBusy);
        _clock.AdvanceSeconds(45);
        disk.Set();

        Assert.Contains("\"re\":1", await client.ReceiveTextAsync("ok"), StringComparison.Ordinal);
        Assert.Equal("still here", (await client.ReceiveAsync())!.Text);
        Assert.Empty(await client.RoundTripAsync());
    }

    private static Connection Connection(ChatServer server) => Wired.Registry(server).All.Single();

    // What the client has read is more than the buffers on the way hold, so the server's write must go on.
    private static Task ProgressedAsync(ChatServer server) => Eventually.TrueAsync(() => Connection(server).StuckFor < TimeSpan.FromSeconds(2));

    private static long SeqOf(string text)
    {
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("seq").GetInt64();
    }

    private Task<ChatServer> StartAsync(bool tls, Action<ParleyOptions> configure) => ChatServer.StartAsync(
        o =>
        {
            o.LiftLimits();
            o.Delivery.SendBufferBytes = 4_096;
            configure(o);
        },
        _clock,
        certificate: tls ? TestCertificate.Instance : null);

    /// <summary>A client that follows the lobby and has stopped reading while messages wait for it.</summary>
    private static async Task<WireClient> StallAsync(ChatServer server)
    {
        var client = await WireClient.GuestAsync(server, "ana", receiveBuffer: 4_096);
        var bob = await Wired.ParticipantAsync(server, "bob");
        var room = Wired.Room(server);
        await client.SendTextAsync($$"""{"t":"sub","room":"lobby"}""");
        await client.ReceiveTextAsync("synced");
        await bob.PostAsync(room, Enumerable.Repeat(new string('x', 200), Messages));
        await Eventually.TrueAsync(() => Wired.Registry(server).All.Any(c => c.IsStalled));
        return client;
    }

    private static async Task ReadBacklogAsync(WireClient client, List<long>? before = null)
    {
        var seqs = before ?? [];
        while (seqs.Count < Messages)
        {
            seqs.Add(SeqOf(await client.ReceiveTextAsync()));
        }

        Assert.Equal(Enumerable.Range(0, Messages).Select(i => seqs[0] + i), seqs);
        Assert.Empty(await client.RoundTripAsync());
    }
}
