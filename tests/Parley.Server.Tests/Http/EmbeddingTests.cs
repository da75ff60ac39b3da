using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>Living in an application that has endpoints and a description of its own.</summary>
public sealed class EmbeddingTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();
    private WebApplication? _app;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenApi();
        builder.Services.AddParley(o => o.Data = _folder.Path);
        _app = builder.Build();
        _app.MapParley();
        _app.MapGet("/", () => "my page");
        _app.MapGet("/healthz", () => "my health");
        _app.MapGet("/api/orders", () => "my orders");
        _app.MapOpenApi();
        await _app.StartAsync(Site.Cancelled);
        _client.BaseAddress = new Uri(_app.Urls.Single());
    }

    [Theory]
    [InlineData("/", "my page")]
    [InlineData("/healthz", "my health")]
    [InlineData("/api/orders", "my orders")]
    [InlineData("/readyz", "ready\n")]
    [InlineData("/api/rooms", "{\"rooms\":[{\"room\":\"lobby\",\"name\":\"Lobby\",\"kind\":\"public\",\"head\":0,\"floor\":1}]}")]
    public async Task Its_own_endpoints_win_and_ours_are_there(string path, string expected) =>
        Assert.Equal(expected, await _client.GetStringAsync(new Uri(path, UriKind.Relative), Site.Cancelled));

    [Fact]
    public async Task Its_own_description_keeps_its_place()
    {
        var document = await _client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Site.Cancelled);
        Assert.Contains("/api/orders", document, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(Site.Cancelled);
            await _app.DisposeAsync();
        }

        _folder.Dispose();
    }
}
