using System.Text.Json.Nodes;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Tests.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

/// <summary>The promise of resume: after any absence a client has every event once, in order, or is told what it has not.</summary>
public sealed class ResumeTests(SharedServer servers) : IClassFixture<SharedServer>
{
    private static int _rooms;

    private readonly string _room = $"resume-{Interlocked.Increment(ref _rooms)}";

    [Theory]
    [InlineData(null, "ok | synced 12")]
    [InlineData(12L, "ok | synced 12")]
    [InlineData(9L, "ok | ev 10 msg | ev 11 msg | ev 12 msg | synced 12")]
    [InlineData(13L, "ok | synced 12 reset ahead")]
    [InlineData(9_000_000_000_000_000L, "ok | synced 12 reset ahead")]
    public async Task A_sub_gives_what_followed_the_cursor_and_then_the_end_of_the_replay(long? after, string frames)
    {
        await using var ana = await CreateAsync(10);
        Assert.Equal(frames, string.Join(" | ", (await ana.FollowAsync(_room, after)).Brief()));
        await PostAsync(1);
        Assert.Equal("ev 13 msg", (await ana.NextAsync()).Brief());
    }

    [Theory]
    [InlineData("""{"t":"sub","room":"ROOM","after":3,"epoch":"other"}""")]
    [InlineData("""{"t":"sub","room":"ROOM","after":3}""")]
    public async Task A_cursor_of_another_epoch_is_reset(string request)
    {
        await using (await CreateAsync(10))
        {
        }

        var epoch = request.Contains("epoch", StringComparison.Ordinal) ? Wired.Chat(servers.Plain).State.Epoch : "other";
        await using var ana = await WireClient.GuestAsync(servers.Plain, "ana", $",\"epoch\":\"{epoch}\"");
        await ana.SendTextAsync(request.Replace("ROOM", _room, StringComparison.Ordinal));
        Assert.Equal(["ok", "synced 12 reset epoch"], (await ana.UntilAsync("synced")).Brief());
    }

    [Fact]
    public async Task A_client_further_behind_than_1000_gets_the_newest_100_and_is_told_the_gap()
    {
        await using var ana = await CreateAsync(1_010);
        var within = await ana.FollowAsync(_room, 12);
        Assert.Equal(["ok", .. Enumerable.Range(13, 1_000).Select(i => $"ev {i} msg"), "synced 1012"], within.Brief());
        var beyond = await ana.FollowAsync(_room, 11);
        Assert.Equal(["ok", .. Enumerable.Range(913, 100).Select(i => $"ev {i} msg"), "synced 1012 skipped 12-912"], beyond.Brief());
        var fromTheStart = await ana.FollowAsync(_room, 0);
        Assert.Equal("synced 1012 skipped 1-912", fromTheStart[^1].Brief());
        Assert.Equal((1012, 1), (fromTheStart[0]["head"]!.GetValue<int>(), fromTheStart[0]["floor"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData(10, 1, 4, 3, null, "cursor 3, synced 10")]
    [InlineData(10, 5, 4, 3, null, "cursor 4, synced 10")]
    [InlineData(10, 6, 4, 3, null, "cursor 10, synced 10 reset expired")]
    [InlineData(10, 6, 5, 0, null, "cursor 10, synced 10 skipped 6-10")]
    [InlineData(0, 1, 0, 3, null, "cursor 0, synced 0")]
    [InlineData(0, 1, 0, 3, "old", "cursor 0, synced 0 reset epoch")]
    public void The_rules_of_resume(long head, long floor, long after, int most, string? epoch, string plan)
    {
        after = plan.StartsWith("cursor 3,", StringComparison.Ordinal) ? 3 : after;
        var limits = new RoomOptions { ReplayMax = most == 0 ? 1 : 1_000, ReplayTail = most };
        var planned = Replay.Plan("r", head, floor, after, epoch is null, limits);
        Assert.Equal(plan, $"cursor {planned.Cursor}, {JsonNode.Parse(planned.Synced)!.AsObject().Brief()}");
    }

    [Fact]
    public async Task Cursors_in_hello_resume_every_room_they_name()
    {
        await using (await CreateAsync(10))
        {
        }

        await using var client = await WireClient.JsonAsync(servers.Plain);
        var epoch = Wired.Chat(servers.Plain).State.Epoch;
        await client.SendTextAsync($$$"""{"t":"hello","v":1,"guest":{"name":"ana"},"epoch":"{{{epoch}}}","cursors":{"{{{_room}}}":10,"nowhere":3,"{{{_room}}}-x":1}}""");
        var frames = new List<JsonObject>();
        while (frames.Count(f => f.Type() == "synced") < 3)
        {
            frames.Add(await client.NextAsync());
        }

        Assert.Equal("welcome", frames[0].Type());
        Assert.Equal(["ev 11 msg", "ev 12 msg", "synced 12"], frames.Where(f => f["room"]?.GetValue<string>() == _room).Brief());
        Assert.Equal(["synced 0 reset not_found"], frames.Where(f => f["room"]?.GetValue<string>() == "nowhere").Brief());
        await PostAsync(1);
        Assert.Equal("ev 13 msg", (await client.NextAsync()).Brief());
    }

    [Fact]
    public async Task A_second_sub_begins_anew_and_the_first_is_silent()
    {
        await using var ana = await CreateAsync(3);
        await ana.FollowAsync(_room, 0);
        Assert.Equal(["ok", "ev 5 msg", "synced 5"], (await ana.FollowAsync(_room, 4)).Brief());
        await PostAsync(2);
        Assert.Equal(["ev 6 msg", "ev 7 msg"], new[] { (await ana.NextAsync()).Brief(), (await ana.NextAsync()).Brief() });
        Assert.Empty(await ana.RoundTripAsync());
    }

    [Fact]
    public async Task Live_events_during_replays_leave_no_hole_and_no_double()
    {
        await using var ana = await CreateAsync(200);
        var posting = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await PostAsync(5);
            }
        }, TestContext.Current.CancellationToken);
        var random = new Random(4);
        long cursor = 0;
        while (cursor < 1_202)
        {
            var after = Math.Max(0, cursor - random.Next(50));
            var expected = after;
            foreach (var message in await ana.FollowAsync(_room, after))
            {
                // What the subscription before it had still sent stands before the ok.
                expected = message.Type() == "ok" ? after : expected;
                if (message.Type() == "ev" && (message.Seq() == expected + 1 || expected != after))
                {
                    Assert.Equal(++expected, message.Seq());
                }

                if (message.Type() == "synced")
                {
                    Assert.Equal(expected, message["head"]!.GetValue<long>());
                }
            }

            cursor = expected;
            for (var live = random.Next(20); live > 0 && cursor < 1_202; live--)
            {
                Assert.Equal(++cursor, (await ana.NextAsync()).Seq());
            }
        }

        await posting;
        Assert.Empty(await ana.RoundTripAsync());
    }

    [Fact]
    public async Task Whoever_leaves_sees_nothing_after_the_answer_and_on_its_other_devices_nothing_after_the_leaving()
    {
        await using var ana = await CreateAsync(0);
        var devices = new List<WireClient>();
        for (var i = 0; i < 3; i++)
        {
            devices.Add(await WireClient.GuestAsync(servers.Plain, "bob"));
            await devices[i].AskAsync($$"""{"t":"join","id":1,"room":"{{_room}}"}""");
            await devices[i].FollowAsync(_room);
        }

        await using var line = await WireClient.LineAsync(servers.Plain, "bob", _room);
        Assert.Empty(await line.RoundTripAsync());
        for (var round = 0; round < 20; round++)
        {
            await devices[0].SendTextAsync(
                $$"""{"t":"part","id":2,"room":"{{_room}}"}""" + "\n" + $$"""{"t":"send","id":3,"room":"{{_room}}","cid":"late{{round}}","text":"late"}""");
            await ana.SendTextAsync($$"""{"t":"send","id":4,"room":"{{_room}}","cid":"{{_room}}-{{round}}","text":"secret"}""");
            var answer = await devices[0].NextAsync();
            while (answer["re"]?.GetValue<long>() != 2)
            {
                answer = await devices[0].NextAsync();
            }

            var partedAt = answer.Seq();
            foreach (var device in devices.Skip(1))
            {
                JsonObject seen;
                do
                {
                    seen = await device.NextAsync();
                    Assert.False(seen.Type() == "ev" && seen.Seq() > partedAt);
                }
                while (seen.Type() != "ev" || seen["k"]!.GetValue<string>() != "part");
                Assert.Equal(partedAt, seen.Seq());
            }

            await ana.AskAsync($$"""{"t":"send","id":8,"room":"{{_room}}","cid":"{{_room}}-{{round}}-after","text":"secret"}""");
            foreach (var device in devices)
            {
                Assert.DoesNotContain(await device.RoundTripAsync(), f => f.Text.Contains("\"ev\"", StringComparison.Ordinal));
                Assert.Equal("err not_member", (await device.AskAsync($$"""{"t":"sub","id":5,"room":"{{_room}}","after":0}""")).Brief());
            }

            Assert.DoesNotContain(await line.RoundTripAsync(), f => f.Text.Contains("secret", StringComparison.Ordinal) && round > 0);
            await devices[0].AskAsync($$"""{"t":"join","id":6,"room":"{{_room}}"}""");
            foreach (var device in devices)
            {
                await device.FollowAsync(_room);
            }
        }

        foreach (var device in devices)
        {
            await device.DisposeAsync();
        }
    }

    /// <summary>A room with two events of its making and some messages, of which ana is a member.</summary>
    private async Task<WireClient> CreateAsync(int messages)
    {
        var ana = await WireClient.GuestAsync(servers.Plain, "ana");
        Assert.Equal("ok", (await ana.AskAsync($$"""{"t":"create","id":1,"room":"{{_room}}"}""")).Type());
        await PostAsync(messages);
        return ana;
    }

    private async Task PostAsync(int messages)
    {
        var ana = await Wired.ParticipantAsync(servers.Plain, "ana");
        await ana.PostAsync(Wired.Room(servers.Plain, _room), Enumerable.Range(0, messages).Select(i => $"{i}"));
    }
}
