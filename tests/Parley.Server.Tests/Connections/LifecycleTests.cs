using System.Text;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>From the 101 to the last byte.</summary>
public sealed class LifecycleTests(SharedServer servers) : IClassFixture<SharedServer>
{
    [Theory]
    [InlineData("Sec-WebSocket-Protocol: parley.v1.json\r\n", """{"t":"hello","v":1}""", "{\"t\":\"welcome\"")]
    [InlineData("", "/last 100", "ana: first of all")]
    [InlineData("", "/nope", "* /nope is no command, or lacks a word; /help lists them")]
    public async Task The_101_is_whole_before_the_first_frame_even_when_the_request_brings_a_message(string header, string text, string answer)
    {
        await using (var ana = await WireClient.LineAsync(servers.Plain, "ana", "first"))
        {
            await using var bob = await WireClient.LineAsync(servers.Plain, room: "first");
            Assert.Empty(await bob.RoundTripAsync());
            await ana.SendTextAsync("first of all");
            Assert.Equal("ana: first of all", await bob.ReceiveTextAsync());
        }

        byte[] opening =
        [
            .. Encoding.ASCII.GetBytes(
                "GET /ws?room=first HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + header + "\r\n"),
            .. WireClient.Frame(1, Encoding.UTF8.GetBytes(text)),
        ];
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            await using var client = await WireClient.DialAsync(servers.Plain.Http);
            await client.SendBytesAsync(opening);
            await client.RequestAsync("");
            Assert.StartsWith("HTTP/1.1 101 ", client.Response, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", client.Response, StringComparison.Ordinal);
            string frame;
            do
            {
                frame = await client.ReceiveTextAsync();
            }
            while (frame is "* ana joined" or "* ana created the room");
            Assert.StartsWith(answer, frame, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_ping_is_answered_with_its_payload_also_between_fragments(bool tls)
    {
        await using var other = await WireClient.OpenAsync(servers[tls].Http, "/ws?room=fragments");
        Assert.Empty(await other.RoundTripAsync());
        await using var client = await WireClient.OpenAsync(servers[tls].Http, "/ws?room=fragments&name=frida");
        await client.SendBytesAsync(WireClient.Frame(1, "one "u8, fin: false));
        await client.SendBytesAsync(WireClient.Frame(9, new byte[125]));
        Assert.Equal(new byte[125], (await client.ReceiveAsync())!.Payload);
        await client.SendBytesAsync(WireClient.Frame(0, "two "u8, fin: false));
        await client.SendBytesAsync(WireClient.Frame(9, []));
        Assert.Empty((await client.ReceiveAsync())!.Payload);
        await client.SendBytesAsync(WireClient.Frame(10, "unasked"u8));
        await client.SendBytesAsync(WireClient.Frame(0, "three"u8));

        Assert.Equal("frida: one two three", await other.ReceiveTextAsync("frida:"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_that_vanish_leave_nothing_behind(bool tls)
    {
        await using var server = await ChatServer.StartAsync(o => o.LiftLimits(), certificate: tls ? TestCertificate.Instance : null);
        var clients = new List<WireClient>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await WireClient.LineAsync(server, $"ana{i}"));
            clients.Add(await WireClient.GuestAsync(server, $"bob{i}", ""","cursors":{"lobby":0}"""));
        }

        var registry = Wired.Registry(server);
        Assert.Equal(20, registry.Count);
        foreach (var client in clients)
        {
            client.Reset();
        }

        await Eventually.TrueAsync(() => registry.Count == 0);
        Assert.Empty(registry.All);
        await Eventually.TrueAsync(() => !registry.IsOnline(1));
    }

    [Fact]
    public async Task A_client_that_vanishes_while_its_backlog_waits_leaves_nothing_behind()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Delivery.SendBufferBytes = 4_096;
        });
        await using var client = await WireClient.LineAsync(server, "ana", receiveBuffer: 4_096);
        Assert.Empty(await client.RoundTripAsync());
        var bob = await Wired.ParticipantAsync(server, "bob");
        await bob.PostAsync(Wired.Room(server), Enumerable.Repeat(new string('x', 1_000), 300));
        var registry = Wired.Registry(server);
        await Eventually.TrueAsync(() => registry.All.Single().IsStalled);

        client.Reset();
        await Eventually.TrueAsync(() => registry.Count == 0);
    }

    [Fact]
    public async Task A_connection_that_has_ended_may_still_be_told_to_end()
    {
        await using var server = await ChatServer.StartAsync();
        var client = await WireClient.LineAsync(server, "ana");
        Assert.Empty(await client.RoundTripAsync());
        var registry = Wired.Registry(server);
        var connection = registry.All.Single();
        await client.CloseAsync(1000);
        await client.ReceiveFarewellAsync();
        await client.DisposeAsync();
        await Eventually.TrueAsync(() => registry.Count == 0);
        await using var next = await WireClient.LineAsync(server, "bob");

        // The clock and the stop of the server look at a snapshot of the connections.
        connection.Abort();
        connection.Watch();
        connection.Restart(TimeSpan.FromSeconds(1));

        Assert.Empty(await next.RoundTripAsync());
    }
}
