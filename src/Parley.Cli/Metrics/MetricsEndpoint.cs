using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Parley.Server;
using Parley.Server.Telemetry;

namespace Parley.Cli.Metrics;

/// <summary><c>GET /metrics</c>: the figures of the chat, of the web server and of the runtime, in Prometheus' text form.</summary>
internal static class MetricsEndpoint
{
    private static readonly string[] Meters =
    [
        ParleyTelemetry.MeterName,
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
    ];

    /// <summary>Adds what collects them.</summary>
    public static void AddMetricsEndpoint(this IServiceCollection services) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.Clear().AddService("parley", serviceVersion: Version, autoGenerateServiceInstanceId: false))
        .WithMetrics(metrics => metrics.AddMeter(Meters).AddPrometheusExporter());

    /// <summary>Maps the endpoint.</summary>
    public static void MapMetricsEndpoint(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPrometheusScrapingEndpoint("/metrics").WithParleyGuard(endpoints.ServiceProvider);

    private static string? Version => typeof(MetricsEndpoint).Assembly.GetName().Version?.ToString(3);
}
