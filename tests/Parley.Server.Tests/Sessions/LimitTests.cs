using Microsoft.Extensions.Time.Testing;
using Parley.Server.Tests.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

/// <summary>Limits on what one user may do, on a clock of the test's own.</summary>
public sealed class LimitTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_burst_of_20_passes_and_then_5_a_second()
    {
        await using var server = await ChatServer.StartAsync(time: _clock);
        await using var ana = await WireClient.GuestAsync(server, "ana");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("ok", (await ana.AskAsync(Send(i))).Type());
        }

        var refused = await ana.AskAsync(Send(20));
        Assert.Equal(("rate_limited", true, 200), (refused.Code(), refused["temp"]!.GetValue<bool>(), refused["retry_ms"]!.GetValue<int>()));
        _clock.Advance(TimeSpan.FromMilliseconds(150));
        Assert.Equal(50, (await ana.AskAsync(Send(21)))["retry_ms"]!.GetValue<int>());
        _clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal("ok", (await ana.AskAsync(Send(22))).Type());
        _clock.AdvanceSeconds(2);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("ok", (await ana.AskAsync(Send(30 + i))).Type());
        }

        Assert.Equal("err rate_limited", (await ana.AskAsync(Send(40))).Brief());
        await using var bob = await WireClient.GuestAsync(server, "bob");
        Assert.Equal("ok", (await bob.AskAsync(Send(1))).Type());

        static string Send(int id) => $$"""{"t":"send","id":{{id}},"room":"lobby","cid":"c{{id}}","text":"x"}""";
    }

    [Fact]
    public async Task The_limit_is_of_the_user_over_all_connections_and_dialects()
    {
        await using var server = await ChatServer.StartAsync(o => o.Sends.Burst = 2, _clock);
        await using var json = await WireClient.GuestAsync(server, "ana");
        await using var line = await WireClient.LineAsync(server, "ana");
        await json.AskAsync("""{"t":"send","id":1,"room":"lobby","cid":"a","text":"x"}""");
        await json.AskAsync("""{"t":"send","id":2,"room":"lobby","cid":"b","text":"x"}""");
        await line.SendTextAsync("third");
        Assert.Equal("* not sent: That was too fast; wait a moment.", await line.ReceiveTextAsync("* "));
        await line.SendTextAsync("/join another");
        Assert.Equal("* That was too fast; wait a moment.", await line.ReceiveTextAsync());
    }

    [Fact]
    public async Task More_subscriptions_than_allowed_are_refused_until_one_ends()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Connections.MaxSubscriptions = 2;
        });
        await using var ana = await WireClient.GuestAsync(server, "ana");
        foreach (var room in new[] { "one", "two", "three" })
        {
            await ana.AskAsync($$"""{"t":"create","id":1,"room":"{{room}}"}""");
        }

        await ana.FollowAsync("one");
        await ana.FollowAsync("two");
        Assert.Equal("err quota", (await ana.AskAsync("""{"t":"sub","id":2,"room":"three"}""")).Brief());
        await ana.FollowAsync("two");
        await ana.AskAsync("""{"t":"part","id":3,"room":"two"}""");
        await ana.FollowAsync("three");
        Assert.Equal("err quota", (await ana.AskAsync("""{"t":"sub","id":4,"room":"lobby"}""")).Brief());
        await ana.AskAsync("""{"t":"unsub","id":5,"room":"one"}""");
        await ana.FollowAsync("lobby");
    }

    [Fact]
    public async Task One_connection_more_than_a_user_may_have_closes_with_4429()
    {
        await using var server = await ChatServer.StartAsync(o => o.Connections.MaxPerUser = 2);
        await using var first = await WireClient.GuestAsync(server, "ana");
        await using var second = await WireClient.LineAsync(server, "ana");
        Assert.Empty(await second.RoundTripAsync());

        await using var json = await WireClient.JsonAsync(server);
        await json.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"Ana"}}""");
        Assert.Equal("4429 too many connections of this user, FIN", await json.ReceiveFarewellAsync());
        await json.DisposeAsync();
        await using var line = await WireClient.LineAsync(server, "ana");
        Assert.Equal("4429 too many connections of this user, FIN", await line.ReceiveFarewellAsync());
        await line.DisposeAsync();
        await using var other = await WireClient.GuestAsync(server, "bob");

        first.Reset();
        await Eventually.TrueAsync(() => Wired.Registry(server).Count == 2);
        await using var third = await WireClient.GuestAsync(server, "ana");
    }

    [Fact]
    public async Task More_rooms_than_the_server_may_have_are_refused()
    {
        await using var server = await ChatServer.StartAsync(o => o.Rooms.MaxRooms = 2);
        await using var ana = await WireClient.GuestAsync(server, "ana");
        Assert.Equal("ok", (await ana.AskAsync("""{"t":"create","id":1,"room":"second"}""")).Type());
        Assert.Equal("err quota", (await ana.AskAsync("""{"t":"create","id":2,"room":"third"}""")).Brief());
    }

    [Fact]
    public async Task Requests_that_the_store_refuses_are_answered_however_many()
    {
        await using var server = await ChatServer.StartAsync(o => o.LiftLimits());
        await using var ana = await WireClient.GuestAsync(server, "ana");
        await using var line = await WireClient.LineAsync(server, "bob");
        Assert.Empty(await line.RoundTripAsync());
        await Wired.Chat(server).Writer.StopAsync();
        for (var i = 0; i < 1_100; i++)
        {
            var refused = await ana.AskAsync($$"""{"t":"send","id":{{i}},"room":"lobby","cid":"c{{i}}","text":"x"}""");
            Assert.Equal(("busy", 1_000), (refused.Code(), refused["retry_ms"]!.GetValue<int>()));
            await line.SendTextAsync("x");
            Assert.StartsWith("* not sent: ", await line.ReceiveTextAsync(), StringComparison.Ordinal);
        }
    }
}
