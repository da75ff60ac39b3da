using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>What a bad handshake gets, over a real socket.</summary>
public sealed class HandshakeAnswerTests(SharedServer servers) : IClassFixture<SharedServer>
{
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    private const string Version = "Sec-WebSocket-Version: 13\r\n";
    private const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Host = "Host: 127.0.0.1\r\n";

    [Theory]
    [InlineData(405, "POST /ws HTTP/1.1\r\n" + Host + "Content-Length: 0\r\n" + Upgrade + Version + Key, "Allow: GET")]
    [InlineData(400, "GET /ws HTTP/1.0\r\n" + Host + Upgrade + Version + Key, null)]
    [InlineData(400, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + Version + "Sec-WebSocket-Key: short\r\n", null)]
    [InlineData(400, "GET /ws HTTP/1.1\r\nHost: evil.example.org\r\n" + Upgrade + Version + Key, null)]
    [InlineData(400, "GET /ws?token=sEcReT HTTP/1.1\r\n" + Host + Upgrade + Version + Key, null)]
    [InlineData(400, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + Version + Key + "Sec-WebSocket-Protocol: graphql-ws\r\n", null)]
    [InlineData(400, "GET /ws?room=No%20Room HTTP/1.1\r\n" + Host + Upgrade + Version + Key, null)]
    [InlineData(400, "GET /ws?name=%2Fnick HTTP/1.1\r\n" + Host + Upgrade + Version + Key, null)]
    [InlineData(401, "GET /ws?name=ana HTTP/1.1\r\n" + Host + Upgrade + Version + Key + "Authorization: Bearer nobody\r\n", null)]
    [InlineData(403, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + Version + Key + "Origin: http://evil.example.org\r\n", null)]
    [InlineData(403, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + Version + Key + "Origin: null\r\n", null)]
    [InlineData(403, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + Version + Key + "Origin: https://127.0.0.1\r\n", null)]
    [InlineData(403, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + Version + Key + "Cookie: parley_session=x\r\n", null)]
    [InlineData(426, "GET /ws HTTP/1.1\r\n" + Host, "Sec-WebSocket-Version: 13")]
    [InlineData(426, "GET /ws HTTP/1.1\r\n" + Host + Upgrade + "Sec-WebSocket-Version: 8\r\n" + Key, "Sec-WebSocket-Version: 13")]
    public async Task A_bad_handshake_gets_its_status(int status, string head, string? header)
    {
        await using var client = await WireClient.DialAsync(servers.Plain.Http);
        await client.RequestAsync(head + "\r\n");

        Assert.Equal(status, client.Status);
        Assert.Contains(header is null ? "\r\n" : $"\r\n{header}\r\n", client.Response, StringComparison.Ordinal);
        Assert.DoesNotContain("sEcReT", client.Response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(31_000, 101)]
    [InlineData(33_000, 431)]
    public async Task Headers_over_32_KiB_get_431(int bytes, int status)
    {
        var filler = string.Concat(Enumerable.Range(0, bytes / 1_000).Select(i => $"X-Filler-{i:00}: {new string('x', 984)}\r\n"));
        await using var client = await WireClient.UpgradeAsync(servers.Plain.Http, "/ws", filler.TrimEnd());

        Assert.Equal(status, client.Status);
    }

    [Fact]
    public async Task Headers_that_are_not_done_in_5_s_get_408()
    {
        await using var client = await WireClient.DialAsync(servers.Plain.Http);
        var start = TimeProvider.System.GetTimestamp();
        await client.RequestAsync("GET /ws HTTP/1.1\r\n" + Host + Upgrade);

        Assert.Equal(408, client.Status);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 4, 8);
    }

    [Fact]
    public async Task One_more_than_the_server_holds_gets_503_and_a_time_to_return()
    {
        await using var server = await ChatServer.StartAsync(o => o.Connections.MaxConnections = 2);
        await using var first = await WireClient.LineAsync(server, "ana");
        await using var second = await WireClient.JsonAsync(server);
        await using var third = await WireClient.UpgradeAsync(server.Http, "/ws");
        Assert.Equal(503, third.Status);
        Assert.Contains("\r\nRetry-After: 5\r\n", third.Response, StringComparison.Ordinal);

        await first.CloseAsync(1000);
        await first.ReceiveFarewellAsync();
        await first.DisposeAsync();
        await Eventually.TrueAsync(() => server.Services.GetRequiredService<ConnectionRegistry>().Count == 1);
        await using var fourth = await WireClient.LineAsync(server, "bob");
    }

    [Fact]
    public async Task One_more_than_an_address_may_have_gets_429_and_a_time_to_return()
    {
        await using var server = await ChatServer.StartAsync(o => o.Connections.MaxPerAddress = 1);
        await using var first = await WireClient.LineAsync(server, "ana");
        await using var second = await WireClient.UpgradeAsync(server.Http, "/ws");

        Assert.Equal(429, second.Status);
        Assert.Contains("\r\nRetry-After: 5\r\n", second.Response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_guests_both_dialects_refuse_with_unauthorized()
    {
        await using var server = await ChatServer.StartAsync(o => o.GuestsAllowed = false);
        await using var line = await WireClient.UpgradeAsync(server.Http, "/ws?name=ana");
        Assert.Equal(401, line.Status);

        await using var json = await WireClient.JsonAsync(server);
        await json.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"ana"}}""");
        Assert.Contains("\"code\":\"unauthorized\"", await json.ReceiveTextAsync(), StringComparison.Ordinal);
        Assert.Equal(4401, (await json.ReceiveCloseAsync()).CloseCode);
    }
}
