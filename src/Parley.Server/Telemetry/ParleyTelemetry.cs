namespace Parley.Server.Telemetry;

/// <summary>What an application needs to collect the figures of the server; docs/operations.md lists them.</summary>
public static class ParleyTelemetry
{
    /// <summary>Name of the server's <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "Parley";
}
