using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Http;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>Following a room by server-sent events.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task A_stream_begins_at_the_head_and_shows_what_comes()
    {
        await using var site = await Site.StartAsync();
        using var before = await site.SayAsync("before");
        using var stream = await site.StreamAsync();
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.MediaType);
        var start = await stream.ReadAsync();
        Assert.Equal($"{site.Chat.State.Epoch}:2", start?.Id);
        Assert.Null(start?.Data);

        using var said = await site.SayAsync("after");
        var block = await stream.ReadDataAsync();
        Assert.Equal($"{site.Chat.State.Epoch}:3", block.Id);
        Assert.Null(block.Event);
        Assert.Equal(block.Data + "\n", await site.TextAsync("/api/rooms/lobby/events?after=2"));
    }

    [Fact]
    public async Task Three_thousand_events_behind_are_all_sent_in_order_and_then_the_new()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await site.FillAsync(3_000, 300);
        using var stream = await site.StreamAsync("?after=0");
        for (var seq = 1; seq <= 3_001; seq++)
        {
            Assert.Equal(seq, (await stream.ReadDataAsync()).Seq);
        }

        await site.FillAsync(50);
        for (var seq = 3_002; seq <= 3_051; seq++)
        {
            Assert.Equal(seq, (await stream.ReadDataAsync()).Seq);
        }
    }

    [Fact]
    public async Task A_reader_that_lags_loses_nothing_while_others_write()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        using var stream = await site.StreamAsync("?after=0");
        var writing = site.FillAsync(2_000, 4_000);
        for (var seq = 1; seq <= 2_001; seq++)
        {
            Assert.Equal(seq, (await stream.ReadDataAsync()).Seq);
        }

        await writing;
    }

    [Fact]
    public async Task A_stream_resumes_after_a_restart_of_the_server()
    {
        using var folder = new TempFolder();
        string last;
        await using (var site = await Site.StartAsync(data: folder.Path))
        {
            using var stream = await site.StreamAsync("?after=0");
            using var one = await site.SayAsync("one");
            await stream.ReadDataAsync();
            last = (await stream.ReadDataAsync()).Id!;
            using var two = await site.SayAsync("two");
        }

        await using var again = await Site.StartAsync(data: folder.Path);
        using var resumed = await again.StreamAsync("?after=0", last);
        using var three = await again.SayAsync("three");
        Assert.Equal("two", (await resumed.ReadDataAsync()).Json.GetProperty("text").GetString());
        Assert.Equal("three", (await resumed.ReadDataAsync()).Json.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("otherepoch:1", "epoch")]
    [InlineData("nonsense", "epoch")]
    [InlineData("{epoch}:99", "ahead")]
    public async Task A_cursor_that_means_nothing_here_is_reset_to_the_head(string cursor, string reason)
    {
        await using var site = await Site.StartAsync();
        using var one = await site.SayAsync("one");
        using var stream = await site.StreamAsync(lastEventId: cursor.Replace("{epoch}", site.Chat.State.Epoch, StringComparison.Ordinal));
        var reset = await stream.ReadAsync();
        Assert.Equal("reset", reset?.Event);
        Assert.Equal($$"""{"reason":"{{reason}}","head":2}""", reset?.Data);
        Assert.Equal(2, reset?.Seq);
        using var two = await site.SayAsync("two");
        Assert.Equal(3, (await stream.ReadDataAsync()).Seq);
    }

    [Fact]
    public async Task A_seq_beyond_the_head_is_reset_too()
    {
        await using var site = await Site.StartAsync();
        using var stream = await site.StreamAsync("?after=7");
        Assert.Equal("""{"reason":"ahead","head":0}""", (await stream.ReadAsync())?.Data);
    }

    [Fact]
    public void A_cursor_below_the_floor_has_expired()
    {
        var row = new RoomRow(1, "lobby", "Lobby", "public", 100, 50);
        var room = new Room(row, new Membership([]), null!, (_, _, _) => { });
        Assert.Equal(new(100, "expired"), StreamStart.Of(room, "e", "e:48", null));
        Assert.Equal(new(49, null), StreamStart.Of(room, "e", "e:49", null));
        Assert.Equal(new(100, "expired"), StreamStart.Of(room, "e", null, 0));
    }

    [Fact]
    public async Task A_quiet_stream_shows_that_it_lives()
    {
        var time = new FakeTimeProvider();
        await using var site = await Site.StartAsync(time: time);
        using var stream = await site.StreamAsync();
        await stream.ReadAsync();
        for (var i = 0; i < 3; i++)
        {
            await Eventually.TrueAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return stream.HasCome;
            });
            Assert.Equal("ping", (await stream.ReadAsync())?.Comment);
        }
    }

    [Fact]
    public async Task Streams_count_as_connections()
    {
        await using var site = await Site.StartAsync(o => o.Connections.MaxPerAddress = 1);
        var first = await site.StreamAsync();
        using (var second = await site.StreamAsync())
        {
            await Site.IsProblemAsync(second.Response, 429, "rate_limited");
            Assert.NotNull(second.Response.Headers.RetryAfter?.Delta);
        }

        first.Dispose();
        await Eventually.TrueAsync(() => site.Chat.Connections.Count == 0);
        using var third = await site.StreamAsync();
        Assert.Equal(200, (int)third.Response.StatusCode);
    }

    [Fact]
    public async Task A_full_server_takes_no_stream()
    {
        await using var site = await Site.StartAsync(o => o.Connections.MaxConnections = 1);
        await using var socket = await WireClient.LineAsync(site.Server);
        using var stream = await site.StreamAsync();
        await Site.IsProblemAsync(stream.Response, 503, "busy");
        Assert.NotNull(stream.Response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_stop_ends_open_streams_at_once()
    {
        await using var site = await Site.StartAsync();
        using var stream = await site.StreamAsync();
        await stream.ReadAsync();
        var start = Stopwatch.GetTimestamp();
        await site.Server.StopAsync();
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
        Assert.Null(await stream.ReadAsync());
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_reader_that_reads_nothing()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await site.FillAsync(2_000, 8_000);
        await using var stalled = await StallAsync(site);
        var start = Stopwatch.GetTimestamp();
        await site.Server.StopAsync();
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_write_that_stands_still_for_a_minute_ends_the_stream_and_a_shorter_one_does_not()
    {
        var time = new FakeTimeProvider();
        await using var site = await Site.StartAsync(o => o.LiftLimits(), time);
        await site.FillAsync(2_000, 8_000);
        await using var stalled = await StallAsync(site);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, site.Chat.Connections.Count);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return site.Chat.Connections.Count == 0;
        });
    }

    /// <summary>Opens a stream that is 16 MB behind, reads only the head of the answer, and waits until nothing moves.</summary>
    private static async Task<WireClient> StallAsync(Site site)
    {
        var stalled = await WireClient.DialAsync(site.Server.Http, receiveBuffer: 4_096);
        await stalled.RequestAsync("GET /api/rooms/lobby/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
        Assert.Equal(200, stalled.Status);
        var (seen, still) = (-1, 0);
        await Eventually.TrueAsync(() =>
        {
            still = stalled.Socket.Available == seen ? still + 1 : 0;
            seen = stalled.Socket.Available;
            return still > 60;
        });
        return stalled;
    }
}
