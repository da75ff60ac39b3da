using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Parley.Cli.Load.Report;

/// <summary>A summary as one JSON object. The keys are documented in <c>docs/load.md</c> and stay.</summary>
internal static class SummaryJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>The object, on one line.</summary>
    public static string Write(LoadSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            WritePlan(json, summary.Options);
            WriteResult(json, summary);
            WriteUse(json, summary);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void WritePlan(Utf8JsonWriter json, LoadOptions options)
    {
        json.WriteString("url"u8, options.Url.ToString());
        json.WriteString("dialect"u8, options.Raw ? "raw" : options.Dialect.ToString().ToLowerInvariant());
        json.WriteNumber("seed"u8, options.Seed);
        json.WriteNumber("clients"u8, options.Clients);
        json.WriteNumber("senders"u8, options.Senders);
        json.WriteNumber("payload"u8, options.Payload);
        if (options.Window > 0)
        {
            json.WriteNumber("window"u8, options.Window);
        }
        else
        {
            json.WriteNumber("rate"u8, options.Rate);
        }
    }

    private static void WriteResult(Utf8JsonWriter json, LoadSummary summary)
    {
        json.WriteBoolean("ok"u8, summary.Faults.Count == 0);
        json.WriteStartArray("faults"u8);
        foreach (var fault in summary.Faults)
        {
            json.WriteStringValue(fault);
        }

        json.WriteEndArray();
        json.WriteBoolean("interrupted"u8, summary.Interrupted);
        json.WriteNumber("connected"u8, summary.Connected);
        Number(json, "connects_per_s", summary.ConnectsPerSecond);
        Number(json, "seconds", summary.Seconds);
        json.WriteNumber("sent"u8, summary.Sent);
        json.WriteNumber("sent_in_all"u8, summary.SentInAll);
        json.WriteNumber("delivered"u8, summary.Delivered);
        Number(json, "delivered_per_s", summary.DeliveredPerSecond);
        json.WriteNumber("delivered_elsewhere"u8, summary.DeliveredElsewhere);
        json.WriteNumber("lost"u8, summary.Lost);
        json.WriteNumber("doubled"u8, summary.Doubled);
        json.WriteNumber("reordered"u8, summary.Reordered);
        json.WriteNumber("seq_holes"u8, summary.SeqHoles);
        json.WriteNumber("seq_repeats"u8, summary.SeqRepeats);
        json.WriteNumber("acked"u8, summary.Acked);
        json.WriteNumber("unacked"u8, summary.Unacked);
        json.WriteNumber("stray_acks"u8, summary.StrayAcks);
        json.WriteNumber("refused"u8, summary.Refused);
        Counts(json, "refusals", summary.Refusals);
        Times(json, "latency_us", summary.Latency);
        Times(json, "ack_latency_us", summary.AckLatency);
        Number(json, "send_lag_max_us", summary.SendLagMax);
        json.WriteNumber("window_resets"u8, summary.WindowResets);
        json.WriteNumber("closed"u8, summary.Closed);
        Counts(json, "close_reasons", summary.CloseReasons);
        json.WriteStartObject("stalled"u8);
        json.WriteNumber("users"u8, summary.Options.Stalled);
        json.WriteNumber("expected"u8, summary.StalledExpected);
        json.WriteNumber("delivered"u8, summary.StalledDelivered);
        json.WriteNumber("closed"u8, summary.StalledClosed);
        json.WriteEndObject();
        json.WriteStartObject("churn"u8);
        json.WriteNumber("joins"u8, summary.ChurnJoins);
        json.WriteNumber("failures"u8, summary.ChurnFailures);
        json.WriteEndObject();
        json.WriteStartObject("idle"u8);
        json.WriteNumber("users"u8, summary.Options.Idle);
        json.WriteNumber("spoke"u8, summary.IdleSpoken);
        json.WriteEndObject();
    }

    private static void WriteUse(Utf8JsonWriter json, LoadSummary summary)
    {
        json.WriteStartObject("generator"u8);
        Number(json, "cpu_s", summary.OwnCpu);
        Number(json, "us_per_delivery", summary.PerDelivery(summary.OwnCpu));
        Number(json, "busy", summary.Busy);
        Number(json, "waited", summary.Waited);
        json.WriteBoolean("saturated"u8, summary.IsSaturated);
        json.WriteEndObject();
        if (summary.Server is not { } server)
        {
            json.WriteNull("server"u8);
            return;
        }

        json.WriteStartObject("server"u8);
        Number(json, "cpu_s", server.CpuSeconds);
        Number(json, "us_per_delivery", summary.PerDelivery(server.CpuSeconds));
        Number(json, "cores", server.Cores);
        json.WriteNumber("rss_start_kb"u8, server.StartBytes / 1024);
        json.WriteNumber("rss_idle_kb"u8, server.IdleBytes / 1024);
        json.WriteNumber("rss_kb"u8, server.ResidentBytes / 1024);
        json.WriteNumber("rss_peak_kb"u8, server.PeakBytes / 1024);
        json.WriteEndObject();
    }

    private static void Times(Utf8JsonWriter json, string name, Quantiles times)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count"u8, times.Count);
        Number(json, "p50", times.P50);
        Number(json, "p90", times.P90);
        Number(json, "p99", times.P99);
        Number(json, "p999", times.P999);
        Number(json, "max", times.Max);
        json.WriteEndObject();
    }

    private static void Counts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, int> counts)
    {
        json.WriteStartObject(name);
        foreach (var (reason, count) in counts)
        {
            json.WriteNumber(reason, count);
        }

        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Math.Round(value, 3));
}
