using Microsoft.Extensions.Time.Testing;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>Over TLS the frames leave through a stream, not the socket: what differs there.</summary>
public sealed class TlsTests(SharedServer servers) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Both_dialects_talk_with_each_other()
    {
        await using var line = await WireClient.LineAsync(servers.Tls, "ana");
        await using var json = await WireClient.GuestAsync(servers.Tls, "bob");
        await json.SendTextAsync("""{"t":"sub","id":1,"room":"lobby"}""");
        await json.ReceiveTextAsync("synced");
        await line.SendTextAsync("hello, bob");
        Assert.Contains("\"text\":\"hello, bob\"", await json.ReceiveTextAsync("\"by\":\"ana\""), StringComparison.Ordinal);

        var text = new string('x', 16_000);
        await json.SendTextAsync($$"""{"t":"send","id":2,"room":"lobby","cid":"c","text":"{{text}}"}""");
        Assert.Equal($"bob: {text}", await line.ReceiveTextAsync("bob: "));
        Assert.Contains("\"re\":2", await json.ReceiveTextAsync("\"ok\""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_close_by_the_server_is_followed_by_FIN_once_the_client_has_answered()
    {
        var clock = new FakeTimeProvider();
        await using var server = await ChatServer.StartAsync(time: clock, certificate: TestCertificate.Instance);
        await using var client = await WireClient.JsonAsync(server);
        Assert.Empty(await client.RoundTripAsync());
        await clock.AdvanceAsync(server, 11);
        Assert.Equal(4408, (await client.ReceiveCloseAsync()).CloseCode);
        await client.CloseAsync(4408);

        Assert.True(await client.ReceiveEndAsync());
        await Eventually.TrueAsync(() => Wired.Registry(server).Count == 0);
    }

    [Fact]
    public async Task Signals_to_a_peer_that_does_not_read_are_dropped_and_break_nothing()
    {
        await using var server = await ChatServer.StartAsync(
            o =>
            {
                o.LiftLimits();
                o.Delivery.SendBufferBytes = 4_096;
            },
            certificate: TestCertificate.Instance);
        await using var client = await WireClient.GuestAsync(server, "ana", receiveBuffer: 4_096);
        await client.SendTextAsync("""{"t":"sub","room":"lobby"}""");
        await client.ReceiveTextAsync("synced");
        var room = Wired.Room(server);
        var connection = Wired.Registry(server).All.Single();
        var signal = new byte[200];
        signal.AsSpan().Fill((byte)'s');
        // Nothing but signals: the line fills up with them, and it is in one of them that the peer stalls.
        await Eventually.TrueAsync(() =>
        {
            room.Signal(Parley.Server.Sessions.JsonEncoder.Instance, signal);
            return connection.IsStalled;
        });
        for (var i = 0; i < 1_000; i++)
        {
            room.Signal(Parley.Server.Sessions.JsonEncoder.Instance, signal);
        }

        var bob = await Wired.ParticipantAsync(server, "bob");
        await bob.PostAsync(room, ["after the signals"]);
        string text;
        while ((text = await client.ReceiveTextAsync()).Length == signal.Length && text[0] == 's')
        {
        }

        Assert.Contains("\"k\":\"join\"", text, StringComparison.Ordinal);
        Assert.Contains("after the signals", await client.ReceiveTextAsync(), StringComparison.Ordinal);
    }
}
