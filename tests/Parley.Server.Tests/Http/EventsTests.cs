using System.Net;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>Reading a room's log in pages, its history, and the list of rooms.</summary>
public sealed class EventsTests
{
    [Fact]
    public async Task A_line_has_the_bytes_that_a_WebSocket_gets()
    {
        await using var site = await Site.StartAsync();
        await using var socket = await WireClient.GuestAsync(site.Server, "bob");
        await socket.SendTextAsync("""{"t":"sub","id":1,"room":"lobby"}""");
        using var said = await site.SayAsync("<b>&\"\u2028 é 🐟", key: "k");
        var frame = await socket.ReceiveTextAsync("\"k\":\"msg\"");
        var seen = frame.Split('\n').Single(l => l.Contains("\"k\":\"msg\"", StringComparison.Ordinal));

        using var response = await site.GetAsync("/api/rooms/lobby/events?after=2");
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(seen + "\n", await response.Content.ReadAsStringAsync(Site.Cancelled));
    }

    [Fact]
    public async Task Pages_make_up_the_whole_log()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await site.FillAsync(1_200);
        var seqs = new List<long>();
        var sizes = new List<int>();
        while (seqs.Count < site.Lobby.Head)
        {
            using var response = await site.GetAsync($"/api/rooms/lobby/events?after={(seqs.Count == 0 ? 0 : seqs[^1])}");
            Assert.Equal(site.Lobby.Head.ToString(), response.Headers.GetValues("Parley-Head").Single());
            Assert.Equal(site.Chat.State.Epoch, response.Headers.GetValues("Parley-Epoch").Single());
            Assert.Equal("1", response.Headers.GetValues("Parley-Floor").Single());
            var lines = (await response.Content.ReadAsStringAsync(Site.Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            sizes.Add(lines.Length);
            seqs.AddRange(lines.Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("seq").GetInt64()));
        }

        Assert.Equal(Enumerable.Range(1, 1_201).Select(i => (long)i), seqs);
        Assert.Equal([500, 500, 201], sizes);
    }

    [Fact]
    public async Task A_page_ends_by_its_limit_or_its_bytes()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await site.FillAsync(40, 16_000);
        Assert.Equal(3, Lines(await site.TextAsync("/api/rooms/lobby/events?limit=3")));
        Assert.InRange(Lines(await site.TextAsync("/api/rooms/lobby/events?limit=1000")), 10, 20);
        Assert.Equal(0, Lines(await site.TextAsync("/api/rooms/lobby/events?after=41")));
        Assert.Equal(0, Lines(await site.TextAsync("/api/rooms/lobby/events?after=9000")));
    }

    [Theory]
    [InlineData("events?after=-1")]
    [InlineData("events?after=")]
    [InlineData("events?after=x")]
    [InlineData("events?after=99999999999999999999")]
    [InlineData("events?limit=0")]
    [InlineData("events?limit=1001")]
    [InlineData("messages?before=x")]
    [InlineData("messages?after=+1")]
    [InlineData("messages?around=1.5")]
    [InlineData("messages?limit=201")]
    [InlineData("messages?limit=ten")]
    [InlineData("messages?before=1&after=1")]
    public async Task A_bad_number_is_refused(string path)
    {
        await using var site = await Site.StartAsync();
        using var response = await site.GetAsync("/api/rooms/lobby/" + path);
        await Site.IsProblemAsync(response, 400, "bad_request");
    }

    [Theory]
    [InlineData("/api/rooms/nowhere/events")]
    [InlineData("/api/rooms/nowhere/messages")]
    [InlineData("/api/rooms/..%2Flobby/messages")]
    [InlineData("/api/rooms/LOBBY/messages")]
    [InlineData("/api/nothing")]
    [InlineData("/api")]
    [InlineData("/api/")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        await using var site = await Site.StartAsync();
        using var response = await site.GetAsync(path);
        await Site.IsProblemAsync(response, 404, "not_found");
    }

    [Fact]
    public async Task History_is_the_answer_to_hist()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await using var socket = await WireClient.GuestAsync(site.Server, "bob");
        await site.FillAsync(100);
        foreach (var (query, field) in new[] { ("before=50&limit=10", "\"before\":50,\"limit\":10"), ("after=7", "\"after\":7"), ("around=60&limit=5", "\"around\":60,\"limit\":5") })
        {
            await socket.SendTextAsync($$"""{"t":"hist","room":"lobby",{{field}}}""");
            Assert.Equal(await socket.ReceiveTextAsync("\"msgs\""), await site.TextAsync("/api/rooms/lobby/messages?" + query));
        }
    }

    [Fact]
    public async Task History_begins_at_the_newest()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await site.FillAsync(100);
        var page = await site.JsonAsync("/api/rooms/lobby/messages?limit=3");
        Assert.Equal([99, 100, 101], page.GetProperty("msgs").EnumerateArray().Select(m => m.GetProperty("seq").GetInt32()));
        Assert.True(page.GetProperty("more").GetBoolean());
        Assert.Equal(101, page.GetProperty("asof").GetInt64());
    }

    [Fact]
    public async Task Rooms_are_listed_in_order()
    {
        await using var site = await Site.StartAsync();
        await using var bob = await WireClient.GuestAsync(site.Server, "bob");
        await bob.SendTextAsync("""{"t":"create","id":1,"room":"zoo","name":"The Zoo"}""");
        await bob.ReceiveTextAsync("\"re\":1");
        await bob.SendTextAsync("""{"t":"create","id":2,"room":"attic"}""");
        await bob.ReceiveTextAsync("\"re\":2");
        Assert.Equal(
            """{"rooms":[{"room":"attic","name":"attic","kind":"public","head":2,"floor":1},{"room":"lobby","name":"Lobby","kind":"public","head":1,"floor":1},{"room":"zoo","name":"The Zoo","kind":"public","head":2,"floor":1}]}""",
            await site.TextAsync("/api/rooms"));
    }

    [Fact]
    public async Task Where_guests_may_not_enter_nothing_is_read_or_written()
    {
        await using var site = await Site.StartAsync(o => o.GuestsAllowed = false);
        foreach (var path in new[] { "/api/rooms", "/api/rooms/lobby/events", "/api/rooms/lobby/messages", "/api/rooms/nowhere/messages" })
        {
            using var read = await site.GetAsync(path);
            await Site.IsProblemAsync(read, 401, "unauthorized");
        }

        using var post = await site.SayAsync("x");
        await Site.IsProblemAsync(post, 401, "unauthorized");
        using var stream = await site.StreamAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, stream.Response.StatusCode);
        Assert.Equal(0, site.Lobby.Head);
    }

    [Theory]
    [InlineData("DELETE", "/api/rooms/lobby/messages", "GET, POST")]
    [InlineData("POST", "/api/rooms", "GET")]
    [InlineData("OPTIONS", "/api/rooms/lobby/events", "GET")]
    public async Task Another_method_is_refused_with_those_allowed(string method, string path, string allowed)
    {
        await using var site = await Site.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await site.Client.SendAsync(request, Site.Cancelled);
        await Site.IsProblemAsync(response, 405, "unsupported");
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
    }

    private static int Lines(string text) => text.Count(c => c == '\n');
}
