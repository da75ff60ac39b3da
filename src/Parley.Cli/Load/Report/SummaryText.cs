using System.Text;
using Parley.Cli.Settings;

namespace Parley.Cli.Load.Report;

/// <summary>A summary for people.</summary>
internal static class SummaryText
{
    /// <summary>The summary, several lines.</summary>
    public static string Write(LoadSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var text = new StringBuilder();
        if (summary.Failure is null)
        {
            WriteTraffic(text, summary);
            WriteOthers(text, summary);
            WriteUse(text, summary);
        }

        WriteVerdict(text, summary);
        return text.ToString();
    }

    private static void WriteTraffic(StringBuilder text, LoadSummary summary)
    {
        var options = summary.Options;
        Line(text, "users", $"{options.Clients} listening, {options.Senders} sending, {Figures.Count((long)summary.ConnectsPerSecond)} connects/s");
        Line(text, "sent", $"{Figures.Count(summary.Sent)} in {summary.Seconds:0.00} s, {Figures.Rate(summary.SentPerSecond)}/s, {options.Payload} bytes each");
        Line(text, "delivered", $"{Figures.Count(summary.Delivered)} to listeners, {Figures.Rate(summary.DeliveredPerSecond)}/s; {Figures.Count(summary.DeliveredElsewhere)} to others");
        Times(text, "latency", summary.Latency);
        if (options.Dialect == LoadDialect.Json)
        {
            Times(text, "ack", summary.AckLatency);
        }

        if (options.Window == 0)
        {
            Line(text, "schedule", $"latest send {Figures.Time(summary.SendLagMax)} behind its time");
        }
        else if (summary.WindowResets > 0)
        {
            Line(text, "window", $"opened {summary.WindowResets} times without what did not come");
        }
    }

    private static void WriteOthers(StringBuilder text, LoadSummary summary)
    {
        var options = summary.Options;
        if (options.Stalled > 0)
        {
            Line(text, "stalled", options.StallFor > TimeSpan.Zero
                ? $"{options.Stalled}; after waking they got {Figures.Count(summary.StalledDelivered)} of {Figures.Count(summary.StalledExpected)}; {summary.StalledClosed} cut off"
                : (FormattableString)$"{options.Stalled}, never read; {summary.StalledClosed} cut off");
        }

        if (options.Churn > 0)
        {
            Line(text, "churn", $"{Figures.Count(summary.ChurnJoins)} came and went, {summary.ChurnFailures} turned away or cut off");
        }

        if (options.Idle > 0)
        {
            Line(text, "idle", $"{summary.IdleSpoken} of {options.Idle} spoke");
        }

        foreach (var (reason, count) in summary.CloseReasons)
        {
            Line(text, "ended", $"{count} times: {Quote.Bare(reason)}");
        }

        foreach (var (reason, count) in summary.Refusals)
        {
            Line(text, "refused", $"{count} times: {Quote.Bare(reason)}");
        }

        if (summary.Refused > 0)
        {
            Line(text, "", $"If the server's rate limits refused them, start it with --limits off.");
        }
    }

    private static void WriteUse(StringBuilder text, LoadSummary summary)
    {
        if (summary.Server is { } server)
        {
            Line(text, "server", $"{Figures.Percent(server.Cores)} CPU, {summary.PerDelivery(server.CpuSeconds):0.000} µs a delivery, {Figures.Bytes(server.ResidentBytes)}, at most {Figures.Bytes(server.PeakBytes)}");
        }

        Line(text, "generator", $"{Figures.Percent(summary.Busy)} of one core, {summary.PerDelivery(summary.OwnCpu):0.000} µs a delivery");
        if (summary.IsSaturated)
        {
            Line(text, "", $"The generator was saturated: the rates and latencies are its limit, not the server's.");
        }
        else if (summary.IsCrowded)
        {
            Line(text, "", $"It waited for a processor {Figures.Percent(summary.Waited)} of the time: the machine was crowded, which slows the server too.");
        }
    }

    private static void WriteVerdict(StringBuilder text, LoadSummary summary)
    {
        if (summary.Interrupted)
        {
            Line(text, "", $"Ended early.");
        }

        if (summary.Faults is { Count: > 0 } faults)
        {
            Line(text, "FAILED", $"{Quote.Bare(string.Join("; ", faults))}");
        }
        else
        {
            Line(text, "ok", $"{Figures.Count(summary.SentInAll)} sent: nothing lost, doubled or out of order");
        }
    }

    private static void Times(StringBuilder text, string name, Quantiles times) => Line(
        text,
        name,
        $"p50 {Figures.Time(times.P50)}, p99 {Figures.Time(times.P99)}, p99.9 {Figures.Time(times.P999)}, max {Figures.Time(times.Max)}");

    private static void Line(StringBuilder text, string name, FormattableString value) =>
        text.Append(name.PadRight(11)).Append(Figures.Invariant(value)).Append('\n');
}
