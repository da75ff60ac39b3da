using Parley.Server.Tests.WebSockets;
using Parley.Server.WebSockets;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>Whatever breaks a rule closes with its code and its reason, and then FIN: never a reset that could swallow them.</summary>
public sealed class CloseCodeTests(SharedServer servers) : IClassFixture<SharedServer>
{
    private static readonly Dictionary<string, (byte[] Bytes, string Farewell)> Faults = new(StringComparer.Ordinal)
    {
        ["a text that is not masked"] = ([0x81, 0x02, 0x68, 0x69], "1002 frame is not masked, FIN"),
        ["an unmasked frame of 2 bytes"] = ([0x81, 0x00], "1002 frame is not masked, FIN"),
        ["a reserved bit"] = (ClientFrames.Frame(Opcode.Text, [0x68], rsv: 2), "1002 reserved bit set, FIN"),
        ["a reserved opcode"] = (ClientFrames.Frame((Opcode)3, [0x68]), "1002 reserved opcode, FIN"),
        ["a fragmented ping"] = (ClientFrames.Frame(Opcode.Ping, [], fin: false), "1002 fragmented control frame, FIN"),
        ["a ping of 126 bytes"] = (ClientFrames.Frame(Opcode.Ping, new byte[126]), "1002 control frame over 125 bytes, FIN"),
        ["a continuation of nothing"] = (ClientFrames.More("x"), "1002 continuation of no message, FIN"),
        ["a text inside a text"] = ([.. ClientFrames.Text("x", fin: false), .. ClientFrames.Text("y")], "1002 new message inside a message, FIN"),
        ["a length in a long form"] = ([0x81, 0xFE, 0x00, 0x05], "1002 length not in its shortest form, FIN"),
        ["a close with half a code"] = (ClientFrames.Frame(Opcode.Close, [0x03]), "1002 close frame with half a code, FIN"),
        ["a close with a code that is never sent"] = (ClientFrames.Close(1005), "1002 invalid close code, FIN"),
        ["a binary message"] = (ClientFrames.Frame(Opcode.Binary, [1, 2, 3]), "1003 binary messages are not understood, FIN"),
        ["a bad byte in the middle of a frame"] = (ClientFrames.Text([0x68, 0xFF, .. new byte[100]])[..12], "1007 text is not UTF-8, FIN"),
        ["a character cut off at the end"] = (ClientFrames.Text([0x68, 0xE2, 0x82]), "1007 text ends inside a character, FIN"),
        ["a close reason that is not text"] = (ClientFrames.Frame(Opcode.Close, [0x03, 0xE8, 0xFF]), "1007 close reason is not UTF-8, FIN"),
        ["a compressed message that does not inflate"] = (ClientFrames.Frame(Opcode.Text, [0xFF, 0xFF, 0xFF], rsv: 4), "1007 message does not inflate, FIN"),
        ["65 fragments"] = ([.. ClientFrames.Text("x", fin: false), .. Enumerable.Repeat(ClientFrames.More("x", fin: false), 64).SelectMany(f => f)], "1008 too many fragments, FIN"),
        ["a declared length of 2^62"] = ([0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], "1009 message too big, FIN"),
        ["fragments that sum up to too much"] = ([.. ClientFrames.Text(new string('x', 60_000), fin: false), .. ClientFrames.More(new string('y', 5_537))[..8]], "1009 message too big, FIN"),
        ["a small message that inflates to 200 KB"] = (ClientFrames.Frame(Opcode.Text, ClientFrames.Deflate(new string('a', 200_000)), rsv: 4), "1009 message too big when inflated, FIN"),
    };

    public static TheoryData<string, bool, bool> Cases()
    {
        var cases = new TheoryData<string, bool, bool>();
        foreach (var name in Faults.Keys)
        {
            cases.Add(name, false, false);
            cases.Add(name, true, false);
            cases.Add(name, true, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_fault_closes_with_its_code_and_then_FIN(string fault, bool json, bool tls)
    {
        await using var client = await OpenAsync(json, tls);
        await client.SendBytesAsync(Faults[fault].Bytes);

        Assert.Equal(Faults[fault].Farewell, await client.ReceiveFarewellAsync());
    }

    [Theory]
    [InlineData("""{"t":"ping","ts":1}""", "4400 say hello first, FIN")]
    [InlineData("""{"t":"hello","v":2}""", "4426 this server speaks version 1, FIN")]
    [InlineData("""{"t":"hello","v":1,"token":"nobody"}""", "4401 This server knows no such token., FIN")]
    [InlineData("""{"t":"hello","v":1,"guest":{"name":"two words"}}""", "4400 A name is 1 to 32 letters, digits, '_', '-' or '.', beginning with a letter or digit., FIN")]
    [InlineData("{\"t\":\"hello\",\"v\":1}\n{\"t\":\"hello\",\"v\":1}", "4400 hello was said before, FIN")]
    [InlineData("1\n2\n3\n4\n5", "1008 five bad requests in 10 s, FIN")]
    public async Task Misuse_of_the_dialect_closes_with_its_code_and_then_FIN(string text, string farewell)
    {
        await using var client = await WireClient.JsonAsync(servers.Plain);
        await client.SendTextAsync(text);

        Assert.Equal(farewell, await client.ReceiveFarewellAsync());
    }

    [Fact]
    public async Task A_bye_stands_before_the_close()
    {
        await using var client = await WireClient.JsonAsync(servers.Plain);
        await client.SendTextAsync("""{"t":"ping","ts":1}""");

        Assert.Equal("""{"t":"bye","code":4400,"reason":"say hello first","reconnect":false}""", await client.ReceiveTextAsync());
        Assert.Equal("4400 say hello first, FIN", await client.ReceiveFarewellAsync());
    }

    [Fact]
    public async Task A_hello_may_be_16_KiB_and_a_message_after_it_64_KiB()
    {
        await using var tooEarly = await WireClient.JsonAsync(servers.Plain);
        await tooEarly.SendTextAsync(Hello(16_385));
        Assert.Equal("1009 message too big, FIN", await tooEarly.ReceiveFarewellAsync());

        await using var client = await WireClient.JsonAsync(servers.Plain);
        await client.SendTextAsync(Hello(16_384));
        await client.ReceiveTextAsync("welcome");
        await client.SendTextAsync(Padded("""{"t":"ping","ts":7}""", 65_536));
        await client.ReceiveTextAsync("\"ts\":7");
        await client.SendTextAsync(Padded("""{"t":"ping","ts":8}""", 65_537));
        Assert.Equal("1009 message too big, FIN", await client.ReceiveFarewellAsync());

        static string Hello(int bytes) => Padded("""{"t":"hello","v":1}""", bytes);
        static string Padded(string json, int bytes) => json + new string(' ', bytes - json.Length);
    }

    [Fact]
    public async Task The_201st_control_frame_in_10_s_closes_with_1008()
    {
        await using var client = await OpenAsync(json: true, tls: false);
        for (var i = 0; i < 200; i++)
        {
            Assert.Empty(await client.RoundTripAsync());
        }

        await client.SendBytesAsync(WireClient.Frame(10, []));
        Assert.Equal("1008 too many control frames, FIN", await client.ReceiveFarewellAsync());
    }

    [Fact]
    public async Task A_peer_that_sends_on_after_a_fault_still_reads_why()
    {
        await using var client = await OpenAsync(json: true, tls: false);
        await client.SendBytesAsync(ClientFrames.Frame(Opcode.Binary, new byte[60_000]));
        for (var i = 0; i < 20; i++)
        {
            await client.SendBytesAsync(ClientFrames.Frame(Opcode.Binary, new byte[60_000]));
        }

        Assert.Equal("1003 binary messages are not understood, FIN", await client.ReceiveFarewellAsync());
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, false)]
    [InlineData(4999, false)]
    [InlineData(1000, true)]
    public async Task A_close_of_the_client_is_answered_with_its_code_and_then_FIN(int code, bool tls)
    {
        await using var client = await OpenAsync(json: true, tls);
        await client.CloseAsync(code, "so long");

        Assert.Equal($"{code} , FIN", await client.ReceiveFarewellAsync());
    }

    [Fact]
    public async Task A_close_without_a_code_is_answered_without_one()
    {
        await using var client = await OpenAsync(json: false, tls: false);
        await client.SendBytesAsync(WireClient.Frame(8, []));

        var close = await client.ReceiveCloseAsync();
        Assert.Empty(close.Payload);
        Assert.True(await client.ReceiveEndAsync());
    }

    private async Task<WireClient> OpenAsync(bool json, bool tls)
    {
        const string Deflate = "Sec-WebSocket-Extensions: permessage-deflate";
        if (!json)
        {
            return await WireClient.OpenAsync(servers[tls].Http, "/ws", Deflate);
        }

        var client = await WireClient.OpenAsync(servers[tls].Http, "/ws", Deflate + "\r\nSec-WebSocket-Protocol: parley.v1.json");
        await client.SendTextAsync("""{"t":"hello","v":1}""");
        await client.ReceiveTextAsync("welcome");
        return client;
    }
}
