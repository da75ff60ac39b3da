using System.Text;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>The bare echo: what conformance suites need.</summary>
public sealed class EchoTests(SharedServer servers) : IClassFixture<SharedServer>
{
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 125, false)]
    [InlineData(2, 126, false)]
    [InlineData(2, 65_535, false)]
    [InlineData(1, 65_536, false)]
    [InlineData(2, 16 * 1024 * 1024, false)]
    [InlineData(2, 1_000_000, true)]
    public async Task A_message_of_any_kind_and_size_comes_back(int opcode, int bytes, bool tls)
    {
        await using var client = await OpenAsync(tls);
        var payload = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            payload[i] = (byte)(opcode == 1 ? 'a' + (i % 26) : i * 31);
        }

        var sending = client.SendBytesAsync(WireClient.Frame(opcode, payload));
        var echo = await client.ReceiveAsync();
        await sending;

        Assert.Equal(opcode, echo!.Opcode);
        Assert.True(payload.AsSpan().SequenceEqual(echo.Payload));
    }

    [Fact]
    public async Task A_thousand_fragments_come_back_as_one_message()
    {
        await using var client = await OpenAsync();
        byte[] wire = WireClient.Frame(1, "0 "u8, fin: false);
        wire = [.. wire, .. Enumerable.Range(1, 998).SelectMany(i => WireClient.Frame(0, Encoding.ASCII.GetBytes($"{i} "), fin: false))];
        await client.SendBytesAsync((byte[])[.. wire, .. WireClient.Frame(0, "end"u8)]);

        Assert.Equal(string.Join(' ', Enumerable.Range(0, 999)) + " end", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Many_messages_at_once_come_back_in_order()
    {
        await using var client = await OpenAsync();
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                await client.SendTextAsync($"{i} {new string('x', 500)}");
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 5_000; i++)
        {
            Assert.StartsWith($"{i} ", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        }

        await sending;
    }

    [Fact]
    public async Task One_byte_more_than_16_MiB_closes_with_1009()
    {
        await using var client = await OpenAsync();
        await client.SendBytesAsync(WireClient.Frame(2, new byte[(16 * 1024 * 1024) + 1]).AsMemory(0, 14));
        Assert.Equal("1009 message too big, FIN", await client.ReceiveFarewellAsync());
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3000)]
    [InlineData(4999)]
    public async Task A_close_comes_back_with_its_code_and_then_FIN(int code)
    {
        await using var client = await OpenAsync();
        await client.SendTextAsync("last words");
        await client.CloseAsync(code);
        Assert.Equal("last words", await client.ReceiveTextAsync());
        Assert.Equal($"{code} , FIN", await client.ReceiveFarewellAsync());
    }

    private Task<WireClient> OpenAsync(bool tls = false) => WireClient.OpenAsync(servers[tls].Http, "/echo");
}
