using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Transport;
using Parley.Testing;

namespace Parley.Server.Tests.Transport;

/// <summary>TCP connections that are not a WebSocket, or not yet: how many there may be, and who goes when there are too many.</summary>
public sealed class PendingTests
{
    [Fact]
    public async Task A_connection_without_a_byte_for_5_s_is_closed()
    {
        var clock = new FakeTimeProvider();
        await using var server = await ChatServer.StartAsync(time: clock);
        await using var silent = await WireClient.DialAsync(server.Http);
        await Eventually.TrueAsync(() => Pending(server).Count == 1);

        clock.AdvanceSeconds(4);
        Assert.Equal(1, Pending(server).Count);
        clock.AdvanceSeconds(1);
        Assert.True(await silent.ReceiveEndAsync());
        await Eventually.TrueAsync(() => Pending(server).Count == 0);
    }

    [Fact]
    public async Task When_there_are_too_many_the_one_without_a_request_longest_is_closed()
    {
        await using var server = await ChatServer.StartAsync(o => o.Connections.MaxPending = 3);
        await using var asked = await WireClient.DialAsync(server.Http);
        await asked.RequestAsync("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        Assert.Equal(200, asked.Status);
        await using var dripping = await WireClient.DialAsync(server.Http);
        await dripping.SendBytesAsync("GET /healthz HTTP/1.1\r\n"u8.ToArray());
        await Eventually.TrueAsync(() => Pending(server).Count == 2);
        await using var silent = await WireClient.DialAsync(server.Http);
        await Eventually.TrueAsync(() => Pending(server).Count == 3);

        // An upgrade needs a place only until it is one.
        await using var first = await WireClient.LineAsync(server, "ana");
        await dripping.ReceiveEndAsync();
        await Eventually.TrueAsync(() => Pending(server).Count == 2);
        await using var second = await WireClient.LineAsync(server, "bob");
        await Eventually.TrueAsync(() => Pending(server).Count == 2);
        await using var newer = await WireClient.DialAsync(server.Http);
        await Eventually.TrueAsync(() => Pending(server).Count == 3);
        await using var newest = await WireClient.DialAsync(server.Http);
        await silent.ReceiveEndAsync();

        Assert.Equal(3, Pending(server).Count);
        Assert.Equal(2, Pending(server).TurnedAway);
    }

    [Fact]
    public async Task One_more_is_closed_when_all_have_made_a_request()
    {
        await using var server = await ChatServer.StartAsync(o => o.Connections.MaxPending = 1);
        await using var asked = await WireClient.DialAsync(server.Http);
        await asked.RequestAsync("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        await using var one = await WireClient.DialAsync(server.Http);

        await one.ReceiveEndAsync();
        Assert.Equal(1, Pending(server).Count);
    }

    [Fact]
    public async Task One_more_from_an_address_than_it_may_have_is_closed()
    {
        await using var server = await ChatServer.StartAsync(o => o.Connections.MaxPendingPerAddress = 2);
        await using var first = await WireClient.DialAsync(server.Http);
        await using var second = await WireClient.DialAsync(server.Http);
        await Eventually.TrueAsync(() => Pending(server).Count == 2);
        await using var third = await WireClient.DialAsync(server.Http);
        await third.ReceiveEndAsync();
        Assert.Equal(2, Pending(server).Count);

        await first.DisposeAsync();
        await Eventually.TrueAsync(() => Pending(server).Count == 1);
        await using var client = await WireClient.LineAsync(server, "ana");
    }

    [Theory]
    [InlineData("/ws")]
    [InlineData("/echo")]
    public async Task A_websocket_that_came_through_the_web_server_is_not_pending(string path)
    {
        await using var server = await ChatServer.StartAsync(o => o.Echo = true);
        await using var client = await WireClient.DialAsync(server.Http);

        // A tab in a header is nothing that is taken below HTTP.
        await client.RequestAsync(
            $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Note: tab\there\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, client.Status);
        await Eventually.TrueAsync(() => Pending(server).Count == 0);
        Assert.Empty(await client.RoundTripAsync());
    }

    private static PendingConnections Pending(ChatServer server) => server.Services.GetRequiredService<PendingConnections>();
}
