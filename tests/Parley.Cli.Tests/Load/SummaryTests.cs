using System.Text.Json;
using Parley.Cli.Load;
using Parley.Cli.Load.Report;

namespace Parley.Cli.Tests.Load;

public sealed class SummaryTests
{
    private static readonly LoadSummary Good = new()
    {
        Options = new LoadOptions { Url = new Uri("ws://127.0.0.1:1/ws"), Clients = 10, Window = 4 },
        Seconds = 2,
        Sent = 100,
        SentInAll = 100,
        Delivered = 1_000,
        Refusals = new Dictionary<string, int>(),
        Latency = new Quantiles(1_000, 900, 1_200, 15_000, 2_500_000, 3_000_000),
        AckLatency = new Quantiles(0, 0, 0, 0, 0, 0),
        CloseReasons = new Dictionary<string, int>(),
        OwnCpu = 0.001,
        Busy = 0.5,
    };

    [Fact]
    public void The_keys_are_those_that_are_documented()
    {
        using var json = JsonDocument.Parse(SummaryJson.Write(Good));

        string[] expected =
        [
            "url", "dialect", "seed", "clients", "senders", "payload", "window", "ok", "faults", "interrupted", "connected",
            "connects_per_s", "seconds", "sent", "sent_in_all", "delivered", "delivered_per_s", "delivered_elsewhere", "lost",
            "doubled", "reordered", "seq_holes", "seq_repeats", "acked", "unacked", "stray_acks", "refused", "refusals",
            "latency_us", "ack_latency_us", "send_lag_max_us", "window_resets", "closed", "close_reasons", "stalled", "churn",
            "idle", "generator", "server",
        ];
        Assert.Equal(expected, json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(500, json.RootElement.GetProperty("delivered_per_s").GetDouble());
        Assert.True(json.RootElement.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public void A_good_run_says_so()
    {
        var text = SummaryText.Write(Good);

        Assert.Contains("p50 900 µs, p99 15.0 ms, p99.9 2.50 s", text, StringComparison.Ordinal);
        Assert.EndsWith("ok         100 sent: nothing lost, doubled or out of order\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("saturated", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saturated_generator_is_owned_up_to() =>
        Assert.Contains("The generator was saturated", SummaryText.Write(Good with { Busy = 0.9 }), StringComparison.Ordinal);

    [Fact]
    public void A_crowded_machine_is_named() =>
        Assert.Contains("the machine was crowded", SummaryText.Write(Good with { Waited = 0.2 }), StringComparison.Ordinal);

    [Fact]
    public void A_refused_send_points_to_the_limits()
    {
        var text = SummaryText.Write(Good with { Refused = 2, Refusals = new Dictionary<string, int> { ["too\u001b[31m fast"] = 2 } });

        Assert.Contains("--limits off", text, StringComparison.Ordinal);
        Assert.Contains("FAILED     2 sends refused", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }

    [Theory]
    [InlineData(1, 0, 0, "1 lost")]
    [InlineData(0, 2, 0, "2 doubled")]
    [InlineData(0, 0, 3, "3 out of order")]
    public void Every_broken_promise_is_a_fault(long lost, long doubled, long reordered, string expected) =>
        Assert.Equal([expected], (Good with { Lost = lost, Doubled = doubled, Reordered = reordered }).Faults);

    [Fact]
    public void A_run_without_a_message_proves_nothing() =>
        Assert.Equal(["nothing was sent, so nothing was tried"], (Good with { SentInAll = 0 }).Faults);
}
