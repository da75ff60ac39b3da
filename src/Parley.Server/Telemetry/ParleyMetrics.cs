using System.Diagnostics.Metrics;
using Parley.Protocol;

namespace Parley.Server.Telemetry;

/// <summary>
/// The figures that are told as things happen: once a commit, once a connection's end. What happens more often is counted
/// in plain fields by whoever does it, and read by <see cref="ObservedMetrics"/>.
/// </summary>
internal sealed class ParleyMetrics
{
    /// <summary>Tag of an end without a close frame of ours: the line was cut, or the peer went without a word.</summary>
    private const int NoCloseFrame = CloseCode.Abnormal;

    private readonly Counter<long> _closed;
    private readonly Histogram<int> _commitSize;
    private readonly Histogram<double> _commitDuration;

    public ParleyMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ParleyTelemetry.MeterName);
        _closed = meter.CreateCounter<long>(
            "parley.connections.closed", "{connection}", "Connections that ended, by the code of the close frame sent; 1006: none was.");
        _commitSize = meter.CreateHistogram(
            "parley.commit.size",
            "{write}",
            "Writes in one commit.",
            tags: null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048] });
        _commitDuration = meter.CreateHistogram(
            "parley.commit.duration",
            "s",
            "Time that the store took for one commit, with its sync.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5] });
    }

    /// <summary>A connection has ended.</summary>
    /// <param name="code">Code of the close frame that was sent; null if none was.</param>
    public void ConnectionClosed(int? code) => _closed.Add(1, new KeyValuePair<string, object?>("code", Known(code ?? NoCloseFrame)));

    /// <summary>The store has taken a batch.</summary>
    public void Committed(int writes, TimeSpan duration)
    {
        _commitSize.Record(writes);
        _commitDuration.Record(duration.TotalSeconds);
    }

    // We answer with the peer's own code, which may be any of thousands: those that mean nothing to us are one.
    private static object Known(int code) => code switch
    {
        >= CloseCode.Normal and <= CloseCode.TryAgainLater => code,
        CloseCode.Misuse or CloseCode.Unauthorized or CloseCode.Forbidden or CloseCode.Timeout => code,
        CloseCode.UpgradeRequired or CloseCode.TooManyConnections => code,
        _ => "other",
    };
}
