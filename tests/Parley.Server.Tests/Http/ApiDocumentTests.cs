using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Parley.Server.Tests.Http;

/// <summary>The description of the API.</summary>
public sealed class ApiDocumentTests
{
    [Fact]
    public async Task It_is_valid()
    {
        await using var site = await Site.StartAsync();
        var read = OpenApiDocument.Parse(await site.TextAsync("/openapi/v1.json"), OpenApiConstants.Json);
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal("Parley", read.Document!.Info.Title);
    }

    [Fact]
    public async Task It_lists_every_endpoint_under_api_and_the_probes_and_nothing_else()
    {
        await using var site = await Site.StartAsync();
        var served = site.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api", StringComparison.Ordinal) || e.RoutePattern.RawText is "/healthz" or "/readyz")
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}") ?? [])
            .Where(e => !e.StartsWith("HEAD", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        var described = (await Paths(site)).SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(served, described);
        Assert.Equal(6, described.Count());
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_words_for_each_parameter_and_response()
    {
        await using var site = await Site.StartAsync();
        var names = new HashSet<string>();
        foreach (var operation in (await Paths(site)).SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value))
        {
            Assert.True(names.Add(operation.GetProperty("operationId").GetString()!));
            Assert.NotEqual("", operation.GetProperty("summary").GetString());
            Assert.True(!operation.TryGetProperty("parameters", out var parameters)
                || parameters.EnumerateArray().All(p => p.GetProperty("description").GetString()!.Length > 0));
            foreach (var response in operation.GetProperty("responses").EnumerateObject())
            {
                Assert.NotEqual("", response.Value.GetProperty("description").GetString());
                Assert.True(
                    response.Name.StartsWith('2')
                    || response.Value.GetProperty("content").TryGetProperty("application/problem+json", out _)
                    || names.Contains("ready"));
            }
        }
    }

    [Fact]
    public async Task A_post_takes_both_kinds_of_body_and_numbers_are_numbers()
    {
        await using var site = await Site.StartAsync();
        var paths = (await site.JsonAsync("/openapi/v1.json")).GetProperty("paths");
        var messages = paths.GetProperty("/api/rooms/{room}/messages");
        Assert.Equal(
            ["application/json", "text/plain"],
            messages.GetProperty("post").GetProperty("requestBody").GetProperty("content").EnumerateObject().Select(c => c.Name));
        var limit = messages.GetProperty("get").GetProperty("parameters").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "limit");
        Assert.Equal("integer", limit.GetProperty("schema").GetProperty("type").GetString());
        Assert.Equal(200, limit.GetProperty("schema").GetProperty("maximum").GetInt32());
    }

    private static async Task<IEnumerable<JsonProperty>> Paths(Site site)
    {
        using var response = await site.GetAsync("/openapi/v1.json");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Site.Cancelled)).RootElement.GetProperty("paths").EnumerateObject();
    }
}
