using Parley.Protocol;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary>
/// The HTTP twin: what a script wants of the chat without a WebSocket, and a few pages. Where an application has an
/// endpoint of its own on one of the common paths (<c>/</c>, <c>/healthz</c> …), its own wins.
/// </summary>
internal static class HttpEndpoints
{
    private const int AfterTheApplications = 1;
    private static readonly string[] Reading = ["GET", "HEAD"];

    /// <summary>Adds what the endpoints work with.</summary>
    public static void AddParleyHttp(this IServiceCollection services)
    {
        services.AddSingleton<RequestGuard>();
        services.AddSingleton<RoomAccess>();
        services.AddSingleton<MessagesEndpoint>();
        services.AddSingleton<EventsEndpoint>();
        services.AddSingleton<RoomsEndpoint>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<StartPage>();
        services.AddSingleton<MessagePage>();
        services.AddSingleton<ApiDocument>();
        services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Add(HttpJson.Default));
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapParleyHttp(this IEndpointRouteBuilder endpoints)
    {
        var guarded = endpoints.MapGroup("");
        ((IEndpointConventionBuilder)guarded).Finally(endpoints.ServiceProvider.GetRequiredService<RequestGuard>().Protect);
        guarded.MapPages();
        guarded.MapApi();
        endpoints.MapHealth();
    }

    private static void MapPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").WithOrder(AfterTheApplications).ExcludeFromDescription();
        var start = endpoints.ServiceProvider.GetRequiredService<StartPage>();
        pages.MapMethods("/", Reading, start.GetAsync);
        pages.MapMethods("/parley.css", Reading, start.GetStyleAsync);
        pages.MapMethods("/r/{room}/{seq}", Reading, endpoints.ServiceProvider.GetRequiredService<MessagePage>().GetAsync);
        pages.MapGet("/openapi/v1.json", endpoints.ServiceProvider.GetRequiredService<ApiDocument>().GetAsync);
    }

    private static void MapApi(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var messages = services.GetRequiredService<MessagesEndpoint>();
        var api = endpoints.MapGroup("/api");

        api.MapPost("/rooms/{room}/messages", messages.PostAsync)
            .Describe("postMessage", "rooms", "Post a message", "Answers once the message is durable. A guest becomes a member of the room.")
            .Produces<MessagePlace>(StatusCodes.Status201Created)
            .Produces<MessagePlace>()
            .Refuses(400, 401, 403, 404, 409, 413, 415, 429, 503, 507)
            .AddOpenApiOperationTransformer(ApiDocument.DescribeBodyAsync);
        api.MapGet("/rooms/{room}/messages", messages.ReadAsync)
            .Describe("readMessages", "rooms", "Read a page of history", "Give at most one of `before`, `after` and `around`.")
            .Produces<HistoryReply>()
            .Refuses(400, 401, 404, 503);
        api.MapGet("/rooms/{room}/events", services.GetRequiredService<EventsEndpoint>().GetAsync)
            .Describe("readEvents", "rooms", "Read or follow a room's log", "A page as NDJSON; with `Accept: text/event-stream` a live stream.")
            .Produces<string>(StatusCodes.Status200OK, "application/x-ndjson", "text/event-stream")
            .Refuses(400, 401, 404, 429, 503);
        api.MapGet("/rooms", services.GetRequiredService<RoomsEndpoint>().ListAsync)
            .Describe("listRooms", "rooms", "List the public rooms", "In order of id.")
            .Produces<RoomList>()
            .Refuses(400, 401, 503);

        api.Map("/rooms/{room}/messages", Only("GET, POST")).ExcludeFromDescription();
        api.Map("/rooms/{room}/events", Only("GET")).ExcludeFromDescription();
        api.Map("/rooms", Only("GET")).ExcludeFromDescription();
        api.Map("/{**rest}", AbsentAsync).WithOrder(int.MaxValue).ExcludeFromDescription();
    }

    private static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapGroup("").WithOrder(AfterTheApplications);
        ((IEndpointConventionBuilder)health).Finally(RequestGuard.AddHeaders);
        var ready = endpoints.ServiceProvider.GetRequiredService<HealthEndpoints>();
        health.MapGet("/healthz", HealthEndpoints.LiveAsync)
            .Describe("live", "health", "Whether the process lives", "Answers to any host.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        health.MapGet("/readyz", ready.ReadyAsync)
            .Describe("ready", "health", "Whether the server takes connections and stores what is sent", "Answers to any host.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Produces<string>(StatusCodes.Status503ServiceUnavailable, "text/plain");
        health.MapMethods("/healthz", ["HEAD"], HealthEndpoints.LiveAsync).ExcludeFromDescription();
        health.MapMethods("/readyz", ["HEAD"], ready.ReadyAsync).ExcludeFromDescription();
    }

    private static RequestDelegate Only(string methods) => context =>
    {
        context.Response.Headers.Allow = methods;
        return Problem.AnswerAsync(
            context, new Refusal(ErrorCode.Unsupported, $"This address takes {methods}."), StatusCodes.Status405MethodNotAllowed);
    };

    private static Task AbsentAsync(HttpContext context) =>
        Problem.AnswerAsync(context, new Refusal(ErrorCode.NotFound, "There is no such address; /openapi/v1.json lists what there is."));

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string name, string tag, string summary, string description) =>
        endpoint.WithSummary(summary)
            .WithDescription(description)
            .WithTags(tag)
            .WithMetadata(ApiMark.Instance, new OperationName(name))
            .AddOpenApiOperationTransformer((operation, context, _) => ApiDocument.DescribeAsync(operation, context));

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.Produces<Problem>(status, Problem.ContentType);
        }

        return endpoint;
    }
}
