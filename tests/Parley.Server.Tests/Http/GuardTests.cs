using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Parley.Protocol;
using Parley.Server.Http;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>What is refused before an endpoint sees it, and what every answer carries.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData("/", "evil.example")]
    [InlineData("/api/rooms", "evil.example:80")]
    [InlineData("/api/nothing", "evil.example")]
    [InlineData("/r/lobby/1", "127.0.0.1.evil.example")]
    [InlineData("/openapi/v1.json", "evil.example")]
    public async Task A_host_that_is_not_ours_is_refused(string path, string host)
    {
        await using var site = await Site.StartAsync();
        await using var raw = await WireClient.DialAsync(site.Server.Http);
        await raw.RequestAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.Equal(400, raw.Status);
        Assert.Contains("application/problem+json", raw.Response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("192.168.1.7:5000")]
    [InlineData("[::1]")]
    [InlineData("chat.example.org")]
    public async Task A_host_that_is_ours_is_served(string host)
    {
        await using var site = await Site.StartAsync(o => o.Hosts.Add("chat.example.org"));
        await using var raw = await WireClient.DialAsync(site.Server.Http);
        await raw.RequestAsync($"GET /api/rooms HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.Equal(200, raw.Status);
    }

    [Fact]
    public async Task Probes_are_answered_under_any_host()
    {
        await using var site = await Site.StartAsync();
        await using var raw = await WireClient.DialAsync(site.Server.Http);
        await raw.RequestAsync("GET /healthz HTTP/1.1\r\nHost: pod-7.cluster\r\n\r\n");
        Assert.Equal(200, raw.Status);
    }

    [Theory]
    [InlineData("/api/rooms?token=x")]
    [InlineData("/api/rooms/lobby/events?access_token=x")]
    [InlineData("/?token=x")]
    [InlineData("/r/lobby/1?token=x")]
    public async Task A_token_in_the_address_is_refused(string path)
    {
        await using var site = await Site.StartAsync();
        using var response = await site.GetAsync(path);
        await Site.IsProblemAsync(response, 400, "bad_request");
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "https://{host}", false)]
    [InlineData("Origin", "http://{host}.evil.example", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Origin", "http://{host}", true)]
    [InlineData("Origin", "https://friend.example", true)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    public async Task Only_our_pages_and_those_allowed_may_write(string header, string value, bool allowed)
    {
        await using var site = await Site.StartAsync(o => o.Origins.Add("https://friend.example"));
        site.Client.DefaultRequestHeaders.Add(header, value.Replace("{host}", site.Server.Http.Authority, StringComparison.Ordinal));
        using var response = await site.SayAsync("x");
        if (allowed)
        {
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        }
        else
        {
            await Site.IsProblemAsync(response, 403, "forbidden");
            Assert.Equal(0, site.Lobby.Head);
        }

        using var read = await site.GetAsync("/api/rooms");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/parley.css")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/api/rooms")]
    [InlineData("/api/nothing")]
    [InlineData("/api/rooms/lobby/events")]
    [InlineData("/r/lobby/1")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/api/rooms?token=x")]
    public async Task Every_answer_carries_the_security_headers(string path)
    {
        await using var site = await Site.StartAsync();
        using var response = await site.GetAsync(path);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        foreach (var rule in new[] { "default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'" })
        {
            Assert.Contains(rule, policy, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ErrorCode.Quota, 507)]
    [InlineData(ErrorCode.Busy, 503)]
    [InlineData(ErrorCode.Internal, 503)]
    [InlineData(ErrorCode.ReadOnly, 503)]
    public async Task A_failure_of_the_store_says_when_to_come_back(ErrorCode code, int status)
    {
        var endpoint = new RouteEndpointBuilder(_ => throw new StoreException(code, "The disk."), RoutePatternFactory.Parse("/api"), 0);
        new RequestGuard(new ParleyOptions()).Protect(endpoint);
        var context = new DefaultHttpContext { Request = { Host = new HostString("localhost"), Method = "GET" } };
        await endpoint.RequestDelegate!(context);
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal("5", context.Response.Headers.RetryAfter);
    }
}
