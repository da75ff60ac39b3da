using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Parley.Protocol;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary>
/// <c>/openapi/v1.json</c>: the description of our endpoints alone. It has a name of its own, so that documents of the
/// application that we live in stay as they are.
/// </summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider provider)
{
    /// <summary>The document's name among those of the application.</summary>
    public const string Name = "parley";

    private byte[]? _json;

    /// <summary>Chooses our endpoints and says what they are as a whole.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = d => d.ActionDescriptor.EndpointMetadata.Contains(ApiMark.Instance);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Parley",
                Version = "1",
                Description = "Chat over plain HTTP. A token goes in `Authorization: Bearer`; without one the caller is a guest, where guests may enter. "
                    + "Refusals are `application/problem+json` with a `code`.",
            };
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.AddComponent("bearer", new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" });
            document.Security =
            [
                new OpenApiSecurityRequirement(),
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
            ];
            return Task.CompletedTask;
        });
    }

    /// <summary>Answers the document, made once.</summary>
    public async Task GetAsync(HttpContext context)
    {
        if (_json is null)
        {
            var document = await provider.GetOpenApiDocumentAsync(context.RequestAborted);
            using var stream = new MemoryStream();
            await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1, context.RequestAborted);
            _json = stream.ToArray();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = _json.Length;
        await context.Response.Body.WriteAsync(_json, context.RequestAborted);
    }

    /// <summary>Completes what the framework sees of an operation: its id, its numbers, its headers.</summary>
    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId = metadata.OfType<OperationName>().LastOrDefault()?.Name;

        // The comments of the code would take their place otherwise.
        operation.Summary = metadata.OfType<IEndpointSummaryMetadata>().LastOrDefault()?.Summary;
        operation.Description = metadata.OfType<IEndpointDescriptionMetadata>().LastOrDefault()?.Description;
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            parameter.Schema = SchemaOf(parameter.Name, context.Description.RelativePath) ?? parameter.Schema;
        }

        foreach (var (status, answer) in operation.Responses ?? [])
        {
            if (answer is OpenApiResponse response)
            {
                Complete(operation.OperationId, status, response);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Describes the two forms of a post's body.</summary>
    public static async Task DescribeBodyAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var json = await context.GetOrCreateSchemaAsync(typeof(PostedMessage), null, cancellationToken);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = "The message: JSON, or its text alone in UTF-8.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/json"] = new OpenApiMediaType { Schema = json },
                ["text/plain"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 } },
            },
        };
    }

    private static OpenApiSchema? SchemaOf(string? parameter, string? path) => parameter switch
    {
        "before" or "after" or "around" => Number("int64", "0", null),
        "limit" when path?.EndsWith("events", StringComparison.Ordinal) is true => Number("int32", "1", "1000"),
        "limit" => Number("int32", "1", HistoryPage.MaxLimit.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        "room" => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[a-z0-9][a-z0-9_-]{0,31}$", Examples = [JsonValue.Create(Names.Lobby)] },
        "Idempotency-Key" => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[A-Za-z0-9_-]{1,64}$" },
        _ => null,
    };

    private static OpenApiSchema Number(string format, string minimum, string? maximum) =>
        new() { Type = JsonSchemaType.Integer, Format = format, Minimum = minimum, Maximum = maximum };

    private static void Complete(string? operation, string status, OpenApiResponse response)
    {
        response.Description = (operation, status) switch
        {
            ("postMessage", "201") => "Stored.",
            ("postMessage", "200") => "Stored before under the same key.",
            ("live", "200") => "Always `ok`.",
            ("ready", "200") => "Always `ready`.",
            ("ready", "503") => "Not ready, and why.",
            ("readEvents", "200") => "A page: one `ev` object a line. Or a stream: each event's `id` is `epoch:seq`, its `data` the `ev` object; "
                + "an event `reset` says that the stream goes on from `head`, because what was asked for is not there.",
            (_, "400") => "Malformed, or out of range.",
            (_, "401") => "The token is not known, or guests may not enter.",
            (_, "403") => "Not allowed here, or a page of a foreign origin.",
            (_, "404") => "No such room, or not for this caller.",
            (_, "409") => "The key was used for another message.",
            (_, "413") => "The text is too long.",
            (_, "415") => "Neither JSON nor plain text.",
            (_, "429") => "Too fast, or too many connections.",
            (_, "503") => "Not now.",
            (_, "507") => "The server's disk is full.",
            _ => "Done.",
        };
        string[] headers = (operation, status) switch
        {
            ("postMessage", "200" or "201") => ["Location"],
            ("readEvents", "200") => ["Parley-Epoch", "Parley-Head", "Parley-Floor"],
            ("ready", _) => [],
            (_, "429" or "503" or "507") => ["Retry-After"],
            _ => [],
        };
        foreach (var header in headers)
        {
            (response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal))[header] = new OpenApiHeader
            {
                Schema = header is "Location" or "Parley-Epoch"
                    ? new OpenApiSchema { Type = JsonSchemaType.String }
                    : Number("int64", "0", null),
            };
        }
    }
}

/// <summary>The operation id of an endpoint in the description; not an endpoint name, which would have to be unique in the whole application.</summary>
internal sealed record OperationName(string Name);
