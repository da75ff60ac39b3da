using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Tests.Http;

/// <summary>The probes.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_started_server_lives_and_is_ready()
    {
        await using var site = await Site.StartAsync();
        Assert.Equal("ok\n", await site.TextAsync("/healthz"));
        Assert.Equal("ready\n", await site.TextAsync("/readyz"));
        using var head = new HttpRequestMessage(HttpMethod.Head, "/readyz");
        using var response = await site.Client.SendAsync(head, Site.Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_server_that_stops_lives_but_is_not_ready()
    {
        await using var site = await Site.StartAsync();
        site.Server.Services.GetRequiredService<ServerState>().Stop();
        Assert.Equal("ok\n", await site.TextAsync("/healthz"));
        using var response = await site.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("stopping", await response.Content.ReadAsStringAsync(Site.Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_store_is_not_open_is_not_ready()
    {
        await using var site = await Site.StartAsync();
        site.Server.Services.GetRequiredService<ServerState>().IsReady = false;
        using var response = await site.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }
}
