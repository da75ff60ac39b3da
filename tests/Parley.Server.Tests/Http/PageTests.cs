using System.Net;
using Microsoft.AspNetCore.Http;
using Parley.Server.Http;

namespace Parley.Server.Tests.Http;

/// <summary>The pages.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task The_first_page_tells_how_to_join_under_the_host_it_was_asked_by()
    {
        await using var site = await Site.StartAsync(o => o.Hosts.Add("chat.example.org"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "chat.example.org:8443";
        using var response = await site.Client.SendAsync(request, Site.Cancelled);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var page = await response.Content.ReadAsStringAsync(Site.Cancelled);
        Assert.Contains("parley chat http://chat.example.org:8443/", page, StringComparison.Ordinal);
        Assert.Contains("'http://chat.example.org:8443/api/rooms/lobby/events'", page, StringComparison.Ordinal);
        Assert.Contains("websocat 'ws://chat.example.org:8443/ws?", page, StringComparison.Ordinal);
        Assert.Contains("wscat", page, StringComparison.Ordinal);
        IsPlain(page);
    }

    [Fact]
    public async Task The_style_is_a_style_for_light_and_dark()
    {
        await using var site = await Site.StartAsync();
        using var response = await site.GetAsync("/parley.css");
        Assert.Equal("text/css", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("prefers-color-scheme: dark", await response.Content.ReadAsStringAsync(Site.Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_shown_with_its_neighbours()
    {
        await using var site = await Site.StartAsync(o => o.LiftLimits());
        await site.FillAsync(100);
        var page = await site.TextAsync("/r/lobby/50");
        Assert.Contains("<li id=\"50\" class=\"here\"", page, StringComparison.Ordinal);
        Assert.Equal(21, page.Split("<li ").Length - 1);
        foreach (var link in new[] { "/r/lobby/40#40", "/r/lobby/60#60", "/r/lobby/39#39", "/r/lobby/61#61" })
        {
            Assert.Contains($"href=\"{link}\"", page, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Later", await site.TextAsync("/r/lobby/101"), StringComparison.Ordinal);
        Assert.DoesNotContain("Earlier", await site.TextAsync("/r/lobby/1"), StringComparison.Ordinal);
        IsPlain(page);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("</div></li></ol></main><svg onload=alert(1)>")]
    [InlineData("{{root}}{{events}} <b>")]
    [InlineData("&lt;b&gt;<b>")]
    public async Task What_users_write_is_text_and_nothing_else(string text)
    {
        await using var site = await Site.StartAsync();
        using var said = await site.SayAsync(text);
        var page = await site.TextAsync("/r/lobby/2");
        Assert.Contains($"<div class=\"text\" dir=\"auto\">{PageFile.Encoder.Encode(text)}</div>", page, StringComparison.Ordinal);
        Assert.Equal(text, WebUtility.HtmlDecode(PageFile.Encoder.Encode(text)));
        IsPlain(page);
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_not_to_be_seen_look_the_same()
    {
        await using var site = await Site.StartAsync();
        using var said = await site.SayAsync("x");
        var pages = new HashSet<string>();
        foreach (var path in new[] { "/r/lobby/3", "/r/lobby/0", "/r/lobby/x", "/r/lobby/-1", "/r/nowhere/2", "/r/lobby/99999999999999999999" })
        {
            using var response = await site.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
            pages.Add(await response.Content.ReadAsStringAsync(Site.Cancelled));
        }

        await using var closed = await Site.StartAsync(o => o.GuestsAllowed = false);
        using var refused = await closed.GetAsync("/r/lobby/1");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        pages.Add(await refused.Content.ReadAsStringAsync(Site.Cancelled));
        IsPlain(Assert.Single(pages));
    }

    [Theory]
    [InlineData("", "/", 0, "")]
    [InlineData("", "/r/lobby/1", 3, "")]
    [InlineData("/base", "/", 0, "/base")]
    [InlineData("/base", "/chat/r/lobby/1/", 3, "/base/chat")]
    [InlineData("", "/api/rooms/lobby/messages", 4, "")]
    public void The_root_is_where_the_application_has_put_us(string pathBase, string path, int depth, string root)
    {
        var context = new DefaultHttpContext { Request = { PathBase = pathBase, Path = path } };
        Assert.Equal(root, SitePath.Root(context.Request, depth));
    }

    // What the content policy would not let run is not there in the first place.
    private static void IsPlain(string page)
    {
        foreach (var forbidden in new[] { "<script", "<img", "<svg", "<style", " style=", "javascript:" })
        {
            Assert.DoesNotContain(forbidden, page, StringComparison.OrdinalIgnoreCase);
        }
    }
}
