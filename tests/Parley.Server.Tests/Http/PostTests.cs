using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Rooms;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>Posting over HTTP.</summary>
public sealed class PostTests
{
    [Fact]
    public async Task A_plain_text_is_stored_and_its_place_comes_back()
    {
        await using var site = await Site.StartAsync();
        using var response = await site.SayAsync("héllo");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var place = await response.Content.ReadFromJsonAsync<JsonElement>(Site.Cancelled);
        Assert.Equal("lobby", place.GetProperty("room").GetString());
        Assert.Equal(2, place.GetProperty("seq").GetInt64());
        Assert.True(place.GetProperty("ts").GetInt64() > 0);
        Assert.False(place.TryGetProperty("dup", out _));
        Assert.Equal("/r/lobby/2", response.Headers.Location?.OriginalString);
        var events = await site.TextAsync("/api/rooms/lobby/events");
        Assert.Contains("\"by\":\"ana\",\"k\":\"join\"", events, StringComparison.Ordinal);
        Assert.Contains("\"by\":\"ana\",\"k\":\"msg\",\"text\":\"héllo\"", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_reaches_those_on_a_WebSocket()
    {
        await using var site = await Site.StartAsync();
        await using var bob = await WireClient.LineAsync(site.Server, "bob");
        using var response = await site.SayAsync("from a script");
        Assert.Equal("ana: from a script", await bob.ReceiveTextAsync("from a script"));
    }

    [Fact]
    public async Task JSON_names_the_guest_and_goes_before_the_query()
    {
        await using var site = await Site.StartAsync();
        using var body = JsonContent.Create(new { text = "hi \"there\"", name = "bob", more = 1 });
        using var response = await site.Client.PostAsync(new Uri("/api/rooms/lobby/messages?name=ana", UriKind.Relative), body, Site.Cancelled);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Contains("\"by\":\"bob\",\"k\":\"msg\",\"text\":\"hi \\\"there\\\"\"", await site.TextAsync("/api/rooms/lobby/events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nameless_guest_is_guest_and_joins_once()
    {
        await using var site = await Site.StartAsync();
        using var one = await site.PostAsync(new StringContent("one"));
        using var two = await site.PostAsync(new StringContent("two"));
        var kinds = (await site.JsonAsync("/api/rooms/lobby/messages")).GetProperty("msgs").EnumerateArray()
            .Select(m => m.GetProperty("by").GetString() + " " + m.GetProperty("k").GetString());
        Assert.Equal(["guest join", "guest msg", "guest msg"], kinds);
    }

    [Theory]
    [InlineData("k-1")]
    [InlineData("\"k-1\"")]
    public async Task A_repeated_key_answers_as_the_first_time(string again)
    {
        await using var site = await Site.StartAsync();
        using var first = await site.SayAsync("once", key: "k-1");
        using var second = await site.SayAsync("once", key: again);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var (one, two) = (await first.Content.ReadFromJsonAsync<JsonElement>(Site.Cancelled), await second.Content.ReadFromJsonAsync<JsonElement>(Site.Cancelled));
        Assert.Equal(one.GetProperty("seq").GetInt64(), two.GetProperty("seq").GetInt64());
        Assert.Equal(one.GetProperty("ts").GetInt64(), two.GetProperty("ts").GetInt64());
        Assert.True(two.GetProperty("dup").GetBoolean());
        Assert.Equal(2, site.Lobby.Head);
    }

    [Fact]
    public async Task A_key_with_another_text_is_a_conflict()
    {
        await using var site = await Site.StartAsync();
        using var first = await site.SayAsync("one", key: "k");
        using var second = await site.SayAsync("two", key: "k");
        await Site.IsProblemAsync(second, 409, "conflict");
    }

    [Theory]
    [InlineData("spaced out")]
    [InlineData("a,b")]
    [InlineData("\"\"")]
    public async Task A_bad_key_is_refused(string key)
    {
        await using var site = await Site.StartAsync();
        using var response = await site.SayAsync("x", key: key);
        await Site.IsProblemAsync(response, 400, "bad_request");
    }

    [Theory]
    [InlineData("""{"text":""}""")]
    [InlineData("""{"text":null}""")]
    [InlineData("""{"name":"ana"}""")]
    [InlineData("""{"text":1}""")]
    [InlineData("""{"text":"a","text":"b"}""")]
    [InlineData("""["text"]""")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("""{"text":"\ud800"}""")]
    [InlineData("""{"text":"x","name":"../etc"}""")]
    public async Task A_bad_body_is_refused_and_leaves_nothing(string json)
    {
        await using var site = await Site.StartAsync();
        using var response = await site.PostAsync(new StringContent(json, Encoding.UTF8, "application/json"));
        await Site.IsProblemAsync(response, 400, "bad_request");
        Assert.Equal(0, site.Lobby.Head);
    }

    [Fact]
    public async Task Text_that_is_empty_or_no_UTF8_is_refused()
    {
        await using var site = await Site.StartAsync();
        using var empty = await site.SayAsync("");
        await Site.IsProblemAsync(empty, 400, "bad_request");
        using var body = new ByteArrayContent([0x68, 0xC3, 0x28]) { Headers = { ContentType = new("text/plain") } };
        using var broken = await site.PostAsync(body);
        await Site.IsProblemAsync(broken, 400, "bad_request");
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/html")]
    [InlineData("text/plain; charset=iso-8859-1")]
    [InlineData(null)]
    public async Task Another_type_of_body_is_refused(string? type)
    {
        await using var site = await Site.StartAsync();
        using var body = new ByteArrayContent("hi"u8.ToArray());
        body.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        using var response = await site.PostAsync(body);
        await Site.IsProblemAsync(response, 415, "unsupported");
    }

    [Fact]
    public async Task A_text_may_be_as_long_as_the_limit_and_no_longer()
    {
        await using var site = await Site.StartAsync(o => o.Sends.MaxTextBytes = 100);
        using var fits = await site.SayAsync(new string('x', 100));
        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        using var tooLong = await site.SayAsync(new string('x', 101));
        await Site.IsProblemAsync(tooLong, 413, "too_large");

        // Escaped, the same text is six times as long.
        var escaped = string.Concat(Enumerable.Repeat("\\u0041", 100));
        using var json = await site.PostAsync(new StringContent($$"""{"text":"{{escaped}}"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Created, json.StatusCode);
        using var longJson = await site.PostAsync(new StringContent($$"""{"text":"{{escaped}}A"}""", Encoding.UTF8, "application/json"));
        await Site.IsProblemAsync(longJson, 413, "too_large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task A_body_without_a_length_is_not_read_beyond_the_limit(string type)
    {
        await using var site = await Site.StartAsync();
        await using var raw = await WireClient.DialAsync(site.Server.Http);
        var chunk = "4000\r\n" + new string('x', 0x4000) + "\r\n";
        await raw.RequestAsync(
            $"POST /api/rooms/lobby/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"
            + string.Concat(Enumerable.Repeat(chunk, 8)));
        Assert.Equal(413, raw.Status);
    }

    [Fact]
    public async Task An_unknown_room_is_not_found()
    {
        await using var site = await Site.StartAsync();
        using var response = await site.SayAsync("x", room: "nowhere");
        await Site.IsProblemAsync(response, 404, "not_found");
    }

    [Fact]
    public async Task Who_is_too_fast_learns_when_to_come_back()
    {
        await using var site = await Site.StartAsync(o => o.Sends.Burst = 2, new FakeTimeProvider());
        using var one = await site.SayAsync("1");
        using var two = await site.SayAsync("2");
        using var three = await site.SayAsync("3");
        await Site.IsProblemAsync(three, 429, "rate_limited");
        Assert.Equal(TimeSpan.FromSeconds(1), three.Headers.RetryAfter?.Delta);
        using var other = await site.SayAsync("4", name: "bob");
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
    }

    [Fact]
    public async Task A_server_that_stores_no_more_says_so()
    {
        await using var site = await Site.StartAsync();
        await site.Server.Services.GetRequiredService<EventWriter>().StopAsync();
        using var response = await site.SayAsync("x");
        await Site.IsProblemAsync(response, 503, "busy");
        Assert.NotNull(response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_token_that_is_not_known_is_refused()
    {
        await using var site = await Site.StartAsync();
        site.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "nonsense");
        using var post = await site.SayAsync("x");
        await Site.IsProblemAsync(post, 401, "unauthorized");
        Assert.Equal("Bearer", post.Headers.WwwAuthenticate.Single().Scheme);
        using var read = await site.GetAsync("/api/rooms");
        await Site.IsProblemAsync(read, 401, "unauthorized");
    }
}
