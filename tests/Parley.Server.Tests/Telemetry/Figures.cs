using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Telemetry;
using Parley.Testing;

namespace Parley.Server.Tests.Telemetry;

/// <summary>A server's figures, by the names of their instruments.</summary>
internal static class Figures
{
    /// <summary>What an observed instrument says now, summed over its tags.</summary>
    public static double Read(ChatServer server, string name)
    {
        var meters = server.Services.GetRequiredService<IMeterFactory>();
        double sum = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && instrument.Meter.Name == ParleyTelemetry.MeterName && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => sum += value);
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => sum += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }
}
