using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Tests.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

/// <summary>The requests of the JSON dialect and their answers.</summary>
public sealed class JsonDialectTests(SharedServer servers) : IClassFixture<SharedServer>
{
    private static int _rooms;

    private readonly string _room = $"json-{Interlocked.Increment(ref _rooms)}";

    [Fact]
    public async Task Welcome_tells_who_where_and_how_much()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123));
        await using var server = await ChatServer.StartAsync(time: clock);
        await using var client = await WireClient.JsonAsync(server);
        await client.SendTextAsync("""{"t":"hello","v":1,"client":"test/1","guest":{"name":"ana"},"caps":["later"],"extra":{"x":[1]}}""");

        var epoch = Wired.Chat(server).State.Epoch;
        Assert.Equal(
            $$$"""{"t":"welcome","v":1,"epoch":"{{{epoch}}}","you":{"name":"ana","role":"guest"},"now":1790000000123,"hb":{"every_ms":20000,"timeout_ms":10000},"limits":{"frame_bytes":65536,"text_bytes":16384,"subscriptions":500,"connections":20,"sends_per_s":5,"send_burst":20},"features":[],"rooms":[{"room":"lobby","name":"Lobby","kind":"public","head":1,"floor":1}]}""",
            await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_guest_without_a_name_gets_one_for_this_connection()
    {
        await using var client = await WireClient.JsonAsync(servers.Plain);
        await client.SendTextAsync("""{"t":"hello","v":1,"guest":{}}""");
        var welcome = await client.NextAsync();
        Assert.Matches("^guest-[a-z0-9]{4}$", welcome["you"]!["name"]!.GetValue<string>());
        Assert.Equal("lobby", welcome["rooms"]!.AsArray().Single()!["room"]!.GetValue<string>());
    }

    [Fact]
    public async Task Requests_before_hello_that_cannot_be_read_get_an_error_and_a_second_chance()
    {
        await using var client = await WireClient.JsonAsync(servers.Plain);
        await client.SendTextAsync("""{"t":"hello","id":3}""");
        Assert.Equal("""{"t":"err","re":3,"code":"bad_request","msg":"A field is missing, twice there, or of the wrong type: $","temp":false}""", await client.ReceiveTextAsync());
        await client.SendTextAsync("""{"t":"hello","v":1}""");
        Assert.Equal("welcome", (await client.NextAsync()).Type());
    }

    [Fact]
    public async Task Objects_in_one_frame_are_answered_one_by_one_in_order()
    {
        await using var client = await WireClient.JsonAsync(servers.Plain);
        await client.SendTextAsync("\n{\"t\":\"hello\",\"v\":1}\r\n\n{\"t\":\"ping\",\"id\":1,\"ts\":9007199254740991}\n { \"id\":2, \"t\" : \"ping\" } \n{\"t\":\"ping\",\"id\":3}\n");
        Assert.Equal("welcome", (await client.NextAsync()).Type());
        for (var i = 1; i <= 3; i++)
        {
            var pong = await client.NextAsync();
            Assert.Equal(("pong", i, i == 1 ? 9_007_199_254_740_991 : 0), (pong.Type(), pong["re"]!.GetValue<int>(), pong["ts"]!.GetValue<long>()));
        }
    }

    [Theory]
    [InlineData("""{"t":"ping","id":5,"unknown":[[[[[[[[[[[[[[1]]]]]]]]]]]]]]}""", "pong")]
    [InlineData("""{"t":"nonsense","id":5}""", "err unsupported")]
    [InlineData("""{"t":"edit","id":5,"room":"lobby"}""", "err unsupported")]
    [InlineData("""{"t":"","id":5}""", "err unsupported")]
    [InlineData("""{"id":5,"t":"ping","t":"ping"}""", "err bad_request")]
    [InlineData("""{"id":5,"id":5,"t":"ping"}""", "err bad_request")]
    [InlineData("""{"t":"join","id":5,"room":"a","room":"b"}""", "err bad_request")]
    [InlineData("""{"t":"join","id":5,"room":null}""", "err bad_request")]
    [InlineData("""{"t":"join","id":5,"room":7}""", "err bad_request")]
    [InlineData("""{"t":"join","id":5}""", "err bad_request")]
    [InlineData("""{"t":"join","id":5,"room":"\ud800"}""", "err bad_request")]
    [InlineData("""{"t":"\ud800","id":5}""", "err bad_request")]
    [InlineData("""{"\ud800":1,"t":"ping","id":5}""", "err bad_request")]
    [InlineData("""{"t":"ping","id":5.5}""", "err bad_request")]
    [InlineData("""{"t":"ping","id":"5"}""", "err bad_request")]
    [InlineData("""{"t":7,"id":5}""", "err bad_request")]
    [InlineData("""{"id":5}""", "err bad_request")]
    [InlineData("""{"t":"ping","id":5}{"t":"ping"}""", "err bad_request")]
    [InlineData("""{"t":"ping","id":5""", "err bad_request")]
    [InlineData("""{"t":"ping","id":5,}""", "err bad_request")]
    [InlineData("""["t","ping"]""", "err bad_request")]
    [InlineData("null", "err bad_request")]
    [InlineData("\"ping\"", "err bad_request")]
    [InlineData("/help", "err bad_request")]
    public async Task What_cannot_be_read_gets_an_error_and_the_connection_lives(string request, string answer)
    {
        await using var client = await WireClient.GuestAsync(servers.Plain, "ana");
        await client.SendTextAsync(request);
        Assert.Equal(answer, (await client.NextAsync()).Brief());
        Assert.Equal("pong", (await client.AskAsync("""{"t":"ping","id":6}""")).Type());
    }

    [Theory]
    [InlineData(15, "pong")]
    [InlineData(16, "err bad_request")]
    [InlineData(10_000, "err bad_request")]
    public async Task Nesting_is_at_most_16_deep(int arrays, string answer)
    {
        await using var client = await WireClient.GuestAsync(servers.Plain, "ana");
        await client.SendTextAsync($$"""{"t":"ping","x":{{new string('[', arrays)}}{{new string(']', arrays)}}}""");
        Assert.Equal(answer, (await client.NextAsync()).Brief());
    }

    [Fact]
    public async Task A_message_is_acked_and_reaches_every_subscriber_in_the_same_bytes()
    {
        await using var ana = await InRoomAsync("ana");
        await using var bob = await InRoomAsync("bob");
        await ana.FollowAsync(_room);
        await bob.FollowAsync(_room);
        await ana.SendTextAsync($$"""{"t":"send","id":1,"room":"{{_room}}","cid":"c-1_A","text":"<é> \"q\" \u0007 \\ 😀 \u2028"}""");

        var seen = await bob.ReceiveTextAsync();
        var (first, second) = (await ana.ReceiveTextAsync(), await ana.ReceiveTextAsync());
        Assert.Equal(seen, first.Contains("\"ok\"", StringComparison.Ordinal) ? second : first);
        var ok = JsonNode.Parse(first == seen ? second : first)!;
        var ev = JsonNode.Parse(seen)!;
        Assert.Equal(ok["seq"]!.GetValue<long>(), ev["seq"]!.GetValue<long>());
        Assert.Equal(ok["ts"]!.GetValue<long>(), ev["ts"]!.GetValue<long>());
        Assert.Equal(("ana", "msg", "c-1_A", "<é> \"q\" \a \\ 😀 \u2028"), (ev["by"]!.GetValue<string>(), ev["k"]!.GetValue<string>(), ev["cid"]!.GetValue<string>(), ev["text"]!.GetValue<string>()));
        Assert.Null(ok["dup"]);
    }

    [Fact]
    public async Task Repeating_a_cid_gives_the_first_place_and_other_content_is_a_conflict()
    {
        await using var ana = await InRoomAsync("ana");
        await using var bob = await InRoomAsync("bob");
        string Send(int id, string cid, string text) => $$"""{"t":"send","id":{{id}},"room":"{{_room}}","cid":"{{_room}}{{cid}}","text":"{{text}}"}""";
        var first = await ana.AskAsync(Send(1, "x", "hi"));
        var again = await ana.AskAsync(Send(2, "x", "hi"));
        Assert.Equal((first.Seq(), first["ts"]!.GetValue<long>(), true), (again.Seq(), again["ts"]!.GetValue<long>(), again["dup"]!.GetValue<bool>()));

        Assert.Equal("err conflict", (await ana.AskAsync(Send(3, "x", "other"))).Brief());
        Assert.Equal(first.Seq() + 1, (await bob.AskAsync(Send(4, "x", "of another user"))).Seq());
        Assert.Equal(first.Seq() + 2, (await ana.AskAsync(Send(5, "y", "hi"))).Seq());
    }

    [Fact]
    public async Task Sends_without_waiting_are_acked_in_order_each_once()
    {
        await using var ana = await InRoomAsync("ana");
        await ana.FollowAsync(_room);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 3_000; i++)
            {
                await ana.SendTextAsync($$"""{"t":"send","id":{{i}},"room":"{{_room}}","cid":"{{_room}}-{{i}}","text":"{{i}}"}""");
            }
        }, TestContext.Current.CancellationToken);
        var (acks, events) = (new List<long>(), new List<string>());
        while (acks.Count < 3_000 || events.Count < 3_000)
        {
            var next = await ana.NextAsync();
            if (next.Type() == "ok")
            {
                Assert.Equal(acks.Count, next["re"]!.GetValue<int>());
                acks.Add(next.Seq());
            }
            else
            {
                events.Add(next["text"]!.GetValue<string>());
            }
        }

        await sending;
        Assert.Equal(Enumerable.Range(0, 3_000).Select(i => acks[0] + i), acks);
        Assert.Equal(Enumerable.Range(0, 3_000).Select(i => $"{i}"), events);
    }

    [Theory]
    [InlineData("""{"t":"send","id":5,"room":"ROOM","cid":"","text":"x"}""", "bad_request")]
    [InlineData("""{"t":"send","id":5,"room":"ROOM","cid":"a b","text":"x"}""", "bad_request")]
    [InlineData("""{"t":"send","id":5,"room":"ROOM","cid":"c","text":""}""", "bad_request")]
    [InlineData("""{"t":"send","id":5,"room":"ROOM","cid":"c","text":"LONG"}""", "too_large")]
    [InlineData("""{"t":"send","id":5,"room":"nowhere","cid":"c","text":"x"}""", "not_found")]
    [InlineData("""{"t":"send","id":5,"room":"OTHER","cid":"c","text":"x"}""", "not_member")]
    [InlineData("""{"t":"sub","id":5,"room":"nowhere"}""", "not_found")]
    [InlineData("""{"t":"sub","id":5,"room":"OTHER"}""", "not_member")]
    [InlineData("""{"t":"sub","id":5,"room":"ROOM","after":-1}""", "bad_request")]
    [InlineData("""{"t":"create","id":5,"room":"ROOM"}""", "conflict")]
    [InlineData("""{"t":"create","id":5,"room":"Upper"}""", "bad_request")]
    [InlineData("""{"t":"create","id":5,"room":"@me"}""", "bad_request")]
    [InlineData("""{"t":"create","id":5,"room":"fresh","name":"65 characters xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""", "too_large")]
    [InlineData("""{"t":"join","id":5,"room":"nowhere"}""", "not_found")]
    [InlineData("""{"t":"part","id":5,"room":"nowhere"}""", "not_found")]
    [InlineData("""{"t":"hist","id":5,"room":"nowhere","after":0}""", "not_found")]
    [InlineData("""{"t":"hist","id":5,"room":"OTHER","after":0}""", "not_member")]
    [InlineData("""{"t":"hist","id":5,"room":"ROOM"}""", "bad_request")]
    [InlineData("""{"t":"hist","id":5,"room":"ROOM","after":0,"before":9}""", "bad_request")]
    [InlineData("""{"t":"hist","id":5,"room":"ROOM","before":-1}""", "bad_request")]
    [InlineData("""{"t":"hist","id":5,"room":"ROOM","after":0,"limit":0}""", "bad_request")]
    [InlineData("""{"t":"hist","id":5,"room":"ROOM","after":0,"limit":201}""", "bad_request")]
    [InlineData("""{"t":"who","id":5,"room":"nowhere"}""", "not_found")]
    [InlineData("""{"t":"who","id":5,"room":"OTHER"}""", "not_member")]
    [InlineData("""{"t":"who","id":5,"room":"ROOM","page":-1}""", "bad_request")]
    public async Task An_operation_that_is_refused_says_why(string request, string code)
    {
        await using var ana = await InRoomAsync("ana");
        await using var bob = await WireClient.GuestAsync(servers.Plain, "bob");
        await bob.AskAsync($$"""{"t":"create","id":1,"room":"{{_room}}-other"}""");
        var answer = await ana.AskAsync(request
            .Replace("ROOM", _room, StringComparison.Ordinal)
            .Replace("OTHER", $"{_room}-other", StringComparison.Ordinal)
            .Replace("LONG", new string('é', 8_193), StringComparison.Ordinal));

        Assert.Equal((code, false), (answer.Code(), answer["temp"]!.GetValue<bool>()));
        Assert.NotEmpty(answer["msg"]!.GetValue<string>());
    }

    [Fact]
    public async Task Create_join_and_part_are_events_and_repeat_without_one()
    {
        await using var ana = await WireClient.GuestAsync(servers.Plain, "ana");
        await using var bob = await WireClient.GuestAsync(servers.Plain, "bob");
        Assert.Equal(2, (await ana.AskAsync($$"""{"t":"create","id":1,"room":"{{_room}}","name":"The den"}""")).Seq());
        Assert.Equal(3, (await bob.AskAsync($$"""{"t":"join","id":1,"room":"{{_room}}"}""")).Seq());
        Assert.Equal(3, (await bob.AskAsync($$"""{"t":"join","id":2,"room":"{{_room}}"}""")).Seq());
        Assert.Equal(4, (await bob.AskAsync($$"""{"t":"part","id":3,"room":"{{_room}}"}""")).Seq());
        Assert.Equal(4, (await bob.AskAsync($$"""{"t":"part","id":4,"room":"{{_room}}"}""")).Seq());

        var events = (await ana.FollowAsync(_room, 0)).Where(m => m.Type() == "ev").ToList();
        Assert.Equal(["ev 1 room", "ev 2 join", "ev 3 join", "ev 4 part"], events.Brief());
        Assert.Equal("The den", events[0]["text"]!.GetValue<string>());
        await using var again = await WireClient.JsonAsync(servers.Plain);
        await again.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"ana"}}""");
        var state = (await again.NextAsync())["rooms"]!.AsArray().Single(r => r!["room"]!.GetValue<string>() == _room)!;
        Assert.Equal(("The den", 4), (state["name"]!.GetValue<string>(), state["head"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Who_pages_through_the_members_and_says_who_is_online()
    {
        await using var ana = await InRoomAsync("ana");
        for (var i = 0; i < 201; i++)
        {
            await (await Wired.ParticipantAsync(servers.Plain, $"member-{i:000}")).JoinAsync(Wired.Room(servers.Plain, _room), TestContext.Current.CancellationToken);
        }

        var first = await ana.AskAsync($$"""{"t":"who","id":1,"room":"{{_room}}"}""");
        var second = await ana.AskAsync($$"""{"t":"who","id":2,"room":"{{_room}}","page":1}""");
        Assert.Equal((200, 202, true), (first["users"]!.AsArray().Count, first["count"]!.GetValue<int>(), first["more"]!.GetValue<bool>()));
        Assert.Equal((2, false), (second["users"]!.AsArray().Count, second["more"]!.GetValue<bool>()));
        Assert.Equal("""{"name":"ana","online":true}""", first["users"]![0]!.ToJsonString());
        Assert.Equal("""{"name":"member-200","online":false}""", second["users"]![1]!.ToJsonString());
    }

    [Fact]
    public async Task History_pages_in_every_direction()
    {
        await using var ana = await InRoomAsync("ana");
        var room = Wired.Room(servers.Plain, _room);
        var writer = await Wired.ParticipantAsync(servers.Plain, "writer");
        await writer.JoinAsync(room, TestContext.Current.CancellationToken);
        await writer.PostAsync(room, Enumerable.Range(0, 97).Select(i => $"{i}"));

        Assert.Equal("1-10 of 100, more", Page(await ana.AskAsync($$"""{"t":"hist","id":1,"room":"{{_room}}","after":0,"limit":10}""")));
        Assert.Equal("91-100 of 100, end", Page(await ana.AskAsync($$"""{"t":"hist","id":2,"room":"{{_room}}","after":90,"limit":10}""")));
        Assert.Equal("none of 100, end", Page(await ana.AskAsync($$"""{"t":"hist","id":3,"room":"{{_room}}","after":100}""")));
        Assert.Equal("51-100 of 100, more", Page(await ana.AskAsync($$"""{"t":"hist","id":4,"room":"{{_room}}","before":101}""")));
        Assert.Equal("1-4 of 100, end", Page(await ana.AskAsync($$"""{"t":"hist","id":5,"room":"{{_room}}","before":5,"limit":10}""")));
        Assert.Equal("none of 100, end", Page(await ana.AskAsync($$"""{"t":"hist","id":6,"room":"{{_room}}","before":1}""")));
        Assert.Equal("45-54 of 100, more", Page(await ana.AskAsync($$"""{"t":"hist","id":7,"room":"{{_room}}","around":50,"limit":10}""")));
        Assert.Equal("50-50 of 100, more", Page(await ana.AskAsync($$"""{"t":"hist","id":8,"room":"{{_room}}","around":50,"limit":1}""")));

        static string Page(JsonObject ok)
        {
            var seqs = ok["msgs"]!.AsArray().Select(m => m!["seq"]!.GetValue<long>()).ToList();
            Assert.Equal(seqs, seqs.Select((_, i) => seqs[0] + i));
            var covers = ok["covers"] is { } c ? $"{c["from"]}-{c["to"]}" : "none";
            Assert.Equal(covers, seqs.Count == 0 ? "none" : $"{seqs[0]}-{seqs[^1]}");
            return $"{covers} of {ok["asof"]}, {(ok["more"]!.GetValue<bool>() ? "more" : "end")}";
        }
    }

    [Fact]
    public async Task Unsub_ends_the_events_and_nothing_comes_after_its_ok()
    {
        await using var ana = await InRoomAsync("ana");
        await using var bob = await InRoomAsync("bob");
        await ana.FollowAsync(_room);
        await ana.AskAsync($$"""{"t":"unsub","id":1,"room":"{{_room}}"}""");
        await bob.AskAsync($$"""{"t":"send","id":1,"room":"{{_room}}","cid":"{{_room}}","text":"unseen"}""");
        Assert.Empty(await ana.RoundTripAsync());
        Assert.Equal("ok", (await ana.AskAsync($$"""{"t":"unsub","id":2,"room":"{{_room}}"}""")).Type());
        Assert.Equal("ok", (await ana.AskAsync("""{"t":"unsub","id":3,"room":"nowhere"}""")).Type());
    }

    [Fact]
    public async Task Typing_reaches_the_others_and_is_not_answered()
    {
        await using var ana = await InRoomAsync("ana");
        await using var bob = await InRoomAsync("bob");
        await using var stranger = await WireClient.GuestAsync(servers.Plain, "stranger");
        await bob.FollowAsync(_room);
        await stranger.SendTextAsync($$"""{"t":"typing","room":"{{_room}}","on":true}""");
        await stranger.SendTextAsync("""{"t":"typing","room":"nowhere","on":true}""");
        Assert.Empty(await stranger.RoundTripAsync());
        await ana.SendTextAsync($$"""{"t":"typing","room":"{{_room}}","on":true}""");
        await ana.SendTextAsync($$"""{"t":"typing","room":"{{_room}}","on":true}""");
        Assert.Empty(await ana.RoundTripAsync());

        Assert.Equal($$"""{"t":"sig","k":"typing","room":"{{_room}}","by":"ana","on":true}""", await bob.ReceiveTextAsync());
        await ana.AskAsync($$"""{"t":"send","id":1,"room":"{{_room}}","cid":"{{_room}}","text":"typed"}""");
        Assert.Equal("ev", (await bob.NextAsync()).Type());
    }

    private async Task<WireClient> InRoomAsync(string name)
    {
        var client = await WireClient.GuestAsync(servers.Plain, name);
        if ((await client.AskAsync($$"""{"t":"create","id":1,"room":"{{_room}}"}""")).Type() == "err")
        {
            Assert.Equal("ok", (await client.AskAsync($$"""{"t":"join","id":2,"room":"{{_room}}"}""")).Type());
        }

        return client;
    }
}
