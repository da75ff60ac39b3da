using Microsoft.Extensions.Time.Testing;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>What the clock ends, and what keeps a connection alive.</summary>
public sealed class TimeoutTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Without_a_hello_for_10_s_the_connection_closes_with_4408()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.JsonAsync(server);
        Assert.Empty(await client.RoundTripAsync());

        await _clock.AdvanceAsync(server, 10);
        Assert.Empty(await client.RoundTripAsync());
        await _clock.AdvanceAsync(server, 1);
        Assert.Equal("""{"t":"bye","code":4408,"reason":"no hello in time","reconnect":true}""", await client.ReceiveTextAsync());
        Assert.Equal("4408 no hello in time, FIN", await client.ReceiveFarewellAsync());
    }

    [Fact]
    public async Task After_20_s_of_silence_comes_a_ping_and_10_s_later_the_end()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.GuestAsync(server, "ana");

        await _clock.AdvanceAsync(server, 19);
        await _clock.AdvanceAsync(server, 1);
        Assert.Equal(9, (await client.ReceiveAsync())!.Opcode);
        await _clock.AdvanceAsync(server, 10);
        await _clock.AdvanceAsync(server, 1);
        Assert.Contains("4408", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        Assert.Equal("4408 no answer to a ping, FIN", await client.ReceiveFarewellAsync());
    }

    [Theory]
    [InlineData("a pong")]
    [InlineData("a text")]
    [InlineData("half a header")]
    public async Task Any_byte_keeps_a_connection_alive(string sign)
    {
        await using var server = await ChatServer.StartAsync(c => c.Connections.MessageTimeout = TimeSpan.FromSeconds(600), _clock);
        await using var client = await WireClient.LineAsync(server);
        Assert.Empty(await client.RoundTripAsync());
        await _clock.AdvanceAsync(server, 29);
        Assert.Equal(9, (await client.ReceiveAsync())!.Opcode);

        await client.SendBytesAsync(sign switch
        {
            "a pong" => WireClient.Frame(10, []),
            "a text" => WireClient.Frame(1, "hi"u8),
            _ => new byte[] { 0x8A },
        });
        if (sign == "half a header")
        {
            // Nothing answers it; the rest of the frame is the mark that it was read.
            await client.SendBytesAsync(new byte[] { 0x80, 0, 0, 0, 0 });
        }

        Assert.Empty(await client.RoundTripAsync());
        await _clock.AdvanceAsync(server, 19);
        Assert.Empty(await client.RoundTripAsync());
    }

    [Fact]
    public async Task An_answered_ping_is_answered_also_when_the_next_one_is_due_at_once()
    {
        await using var server = await ChatServer.StartAsync(
            c => (c.Connections.PingAfter, c.Connections.PongTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), _clock);
        await using var client = await WireClient.GuestAsync(server, "ana");
        for (var second = 0; second < 10; second++)
        {
            await _clock.AdvanceAsync(server, 1);
            Assert.Equal(9, (await client.ReceiveAsync())!.Opcode);
            await client.SendBytesAsync(WireClient.Frame(10, []));
            Assert.Empty(await client.RoundTripAsync());
        }
    }

    [Fact]
    public async Task A_connection_that_answers_pings_lives_for_ever()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.GuestAsync(server, "ana");
        for (var minute = 0; minute < 10; minute++)
        {
            await _clock.AdvanceAsync(server, 20);
            Assert.Equal(9, (await client.ReceiveAsync())!.Opcode);
            await client.SendBytesAsync(WireClient.Frame(10, []));
            Assert.Empty(await client.RoundTripAsync());
        }
    }

    [Theory]
    [InlineData("a frame without its end")]
    [InlineData("a message without its last frame")]
    public async Task A_message_unfinished_for_10_s_closes_with_1008(string unfinished)
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.GuestAsync(server, "ana");
        var frame = WireClient.Frame(1, "abc"u8, fin: false);
        var cut = unfinished == "a frame without its end";
        await client.SendBytesAsync(cut ? frame.AsMemory(0, 5) : frame);
        if (!cut)
        {
            Assert.Empty(await client.RoundTripAsync());
            await _clock.AdvanceAsync(server, 10);
            Assert.Empty(await client.RoundTripAsync());
        }

        var farewell = client.ReceiveFarewellAsync();
        await _clock.AdvanceUntilAsync(farewell, TimeSpan.FromSeconds(25));
        Assert.Equal("1008 a message was left unfinished, FIN", await farewell);
    }

    [Fact]
    public async Task Messages_in_many_pieces_are_timed_one_by_one()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.LineAsync(server);
        for (var i = 0; i < 4; i++)
        {
            // Each begins before the one before it was judged old.
            await client.SendBytesAsync(WireClient.Frame(1, "a"u8, fin: false));
            Assert.Empty(await client.RoundTripAsync());
            await _clock.AdvanceAsync(server, 8);
            await client.SendBytesAsync(WireClient.Frame(0, "b"u8));
            Assert.Empty(await client.RoundTripAsync());
        }
    }

    [Fact]
    public async Task Control_frames_are_counted_in_windows_of_10_s()
    {
        await using var server = await ChatServer.StartAsync(c => c.Connections.MaxControlFrames = 5, _clock);
        await using var client = await WireClient.LineAsync(server);
        for (var window = 0; window < 3; window++)
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Empty(await client.RoundTripAsync());
            }

            await _clock.AdvanceAsync(server, 11);
        }
    }

    [Fact]
    public async Task Bad_requests_are_counted_in_windows_of_10_s()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.GuestAsync(server, "ana");
        for (var window = 0; window < 3; window++)
        {
            await client.SendTextAsync("{}\n[]\n7\nx");
            for (var i = 0; i < 4; i++)
            {
                Assert.Contains("\"code\":\"bad_request\"", await client.ReceiveTextAsync(), StringComparison.Ordinal);
            }

            await _clock.AdvanceAsync(server, 11);
        }

        Assert.Empty(await client.RoundTripAsync());
    }

    [Fact]
    public async Task A_peer_that_does_not_end_after_our_close_is_cut_after_2_s()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var client = await WireClient.JsonAsync(server);
        await client.SendTextAsync("{\"t\":\"ping\"}");
        await client.ReceiveCloseAsync();
        var registry = Wired.Registry(server);
        Assert.Equal(1, registry.Count);

        await _clock.AdvanceAsync(server, 4);
        await Eventually.TrueAsync(() => registry.Count == 0);
    }
}
