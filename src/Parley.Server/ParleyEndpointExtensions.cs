using Parley.Server.Connections;
using Parley.Server.Http;

namespace Parley.Server;

/// <summary>Adds Parley's endpoints to an ASP.NET Core application.</summary>
public static class ParleyEndpointExtensions
{
    /// <summary>
    /// Maps <c>/ws</c>, <c>/api</c>, <c>/healthz</c>, <c>/readyz</c>, the page at <c>/</c>, and <c>/echo</c> if it is on.
    /// </summary>
    /// <remarks>Serve over HTTP/1.1: a WebSocket over HTTP/2 is not supported.</remarks>
    public static IEndpointRouteBuilder MapParley(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var socket = endpoints.ServiceProvider.GetRequiredService<WebSocketEndpoint>();
        endpoints.Map("/ws", socket.ServeAsync).ExcludeFromDescription();
        if (endpoints.ServiceProvider.GetRequiredService<ParleyOptions>().Echo)
        {
            var echo = endpoints.ServiceProvider.GetRequiredService<EchoEndpoint>();
            endpoints.Map("/echo", echo.ServeAsync).ExcludeFromDescription();
        }

        endpoints.MapParleyHttp();
        return endpoints;
    }

    /// <summary>
    /// Puts the guard of Parley's own endpoints before another one: host names that are not known, and pages of other
    /// origins that would write, are refused; every answer has the security headers.
    /// </summary>
    /// <param name="endpoint">The endpoint, or a group of them.</param>
    /// <param name="services">The application's services, after <see cref="ParleyServiceExtensions.AddParley"/>.</param>
    public static TBuilder WithParleyGuard<TBuilder>(this TBuilder endpoint, IServiceProvider services)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(services);
        endpoint.Finally(services.GetRequiredService<RequestGuard>().Protect);
        return endpoint;
    }
}
