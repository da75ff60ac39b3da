using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Sessions;
using Parley.Testing;

namespace Parley.Server.Tests.Delivery;

/// <summary>A slow client loses nothing, is not cut and costs no memory; the others do not notice it.</summary>
public sealed class BacklogTests
{
    private const int Messages = 50_000;

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_client_that_reads_nothing_for_50000_messages_gets_them_all_later_and_costs_no_memory()
    {
        await using var server = await ChatServer.StartAsync(
            o =>
            {
                o.LiftLimits();
                o.Delivery.WindowBytes = 65_536;
                o.Delivery.SendBufferBytes = 16_384;
                o.Storage.Synchronous = "normal";
            },
            _clock);
        await using var stalled = await FollowAsync(server, "stalled", receiveBuffer: 8_192);
        await using var line = await WireClient.LineAsync(server, receiveBuffer: 8_192);
        Assert.Empty(await line.RoundTripAsync());
        await using var healthy = await FollowAsync(server, "healthy");
        var bob = await Wired.ParticipantAsync(server, "bob");
        var room = Wired.Room(server);
        await healthy.ReceiveTextAsync("bob");
        // Once before measuring, so that pools and code are warm.
        await bob.PostAsync(room, Texts(0, 500));
        await ReadAsync(healthy, 500);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Messages; i += 2_500)
        {
            var reading = ReadAsync(healthy, 2_500);
            await bob.PostAsync(room, Texts(i, 2_500));
            Assert.Equal(Enumerable.Range(i, 2_500).Select(n => $"{n}"), (await reading).Select(m => m.Text));
            Assert.Empty(await healthy.RoundTripAsync());
            _clock.AdvanceSeconds(i < 19 * 2_500 ? 3 : 2);
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 8 * 1024 * 1024, $"Memory grew by {grown / 1024:N0} KiB.");
        Assert.Equal(3, Wired.Registry(server).Count);
        Assert.Equal(2, Wired.Registry(server).All.Count(c => c.IsStalled));

        await stalled.ReceiveTextAsync("bob");
        var backlog = await ReadAsync(stalled, 500 + Messages);
        Assert.Equal(Enumerable.Range(0, 500).Concat(Enumerable.Range(0, Messages)).Select(n => $"{n}"), backlog.Select(m => m.Text));
        Assert.Equal(Enumerable.Range(0, backlog.Count).Select(n => backlog[0].Seq + n), backlog.Select(m => m.Seq));
        string text;
        do
        {
            text = await line.ReceiveTextAsync();
        }
        while (text[0] == '*');
        for (var i = 0; i < 500 + Messages; i++)
        {
            Assert.StartsWith($"bob: {(i < 500 ? i : i - 500)} ", text, StringComparison.Ordinal);
            text = i < 499 + Messages ? await line.ReceiveTextAsync() : "";
        }

        await bob.PostAsync(room, ["live again"]);
        Assert.Contains("live again", await stalled.ReceiveTextAsync(), StringComparison.Ordinal);
        Assert.Equal("bob: live again", await line.ReceiveTextAsync());
    }

    [Fact]
    public async Task After_100000_events_a_resume_gives_the_newest_and_history_all_others()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Storage.Synchronous = "normal";
            o.Delivery.WindowBytes = 65_536;
        });
        var bob = await Wired.ParticipantAsync(server, "bob");
        await bob.PostAsync(Wired.Room(server), Texts(0, 100_000));
        await using var ana = await WireClient.GuestAsync(server, "ana");
        var replay = (await ana.FollowAsync("lobby", 0)).Brief();
        Assert.Equal("synced 100002 skipped 1-99902", replay[^1]);
        Assert.Equal(["ok", .. Enumerable.Range(99_903, 100).Select(i => $"ev {i} {(i == 100_002 ? "join" : "msg")}")], replay[..^1]);

        long before = 99_903;
        while (before > 1)
        {
            var page = await ana.AskAsync($$"""{"t":"hist","id":{{before}},"room":"lobby","before":{{before}},"limit":200}""");
            foreach (var item in page["msgs"]!.AsArray().Reverse())
            {
                Assert.Equal(--before, item!["seq"]!.GetValue<long>());
            }

            Assert.Equal(before > 1, page["more"]!.GetValue<bool>());
        }
    }

    [Fact]
    public async Task With_a_higher_limit_100000_events_are_replayed_from_the_store_in_order()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Storage.Synchronous = "normal";
            o.Rooms.ReplayMax = 1_000_000;
            o.Delivery.WindowBytes = 65_536;
        });
        var bob = await Wired.ParticipantAsync(server, "bob");
        var room = Wired.Room(server);
        await bob.PostAsync(room, Texts(0, 100_000));
        await using var ana = await WireClient.GuestAsync(server, "ana", "", receiveBuffer: 65_536);
        await ana.SendTextAsync("""{"t":"sub","id":1,"room":"lobby","after":0}""");
        Assert.Contains("\"head\":100002", await ana.ReceiveTextAsync(), StringComparison.Ordinal);
        var live = bob.PostAsync(room, Texts(100_000, 500));
        for (var seq = 1; seq <= 100_502; seq++)
        {
            Assert.StartsWith($$"""{"t":"ev","room":"lobby","seq":{{seq}},""", await ana.ReceiveTextAsync(), StringComparison.Ordinal);
            if (seq == 100_002)
            {
                Assert.Equal("""{"t":"synced","room":"lobby","head":100002}""", await ana.ReceiveTextAsync());
            }
        }

        await live;
    }

    private static IEnumerable<string> Texts(int from, int count) =>
        Enumerable.Range(from, count).Select(i => $"{i} {new string('.', 90)}");

    private static async Task<WireClient> FollowAsync(ChatServer server, string name, int receiveBuffer = 0)
    {
        var client = await WireClient.GuestAsync(server, name, "", receiveBuffer);
        await client.FollowAsync("lobby");
        return client;
    }

    /// <summary>Takes messages; the text is its number.</summary>
    private static async Task<List<(long Seq, string Text)>> ReadAsync(WireClient client, int count)
    {
        var messages = new List<(long, string)>(count);
        while (messages.Count < count)
        {
            using var json = JsonDocument.Parse(await client.ReceiveTextAsync());
            if (json.RootElement.GetProperty("k").GetString() == "msg")
            {
                messages.Add((json.RootElement.GetProperty("seq").GetInt64(), json.RootElement.GetProperty("text").GetString()!.Split(' ')[0]));
            }
        }

        return messages;
    }
}
