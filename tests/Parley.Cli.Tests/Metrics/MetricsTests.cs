using System.Net;
using Parley.Cli.Tests.Commands;
using Parley.Testing;

namespace Parley.Cli.Tests.Metrics;

public sealed class MetricsTests
{
    [Fact]
    public async Task The_figures_are_what_was_done()
    {
        await using var server = await ServingProcess.StartAsync(ServingProcess.Built);
        await using var ana = new CountingClient(await WireClient.OpenAsync(server.Address, "/ws", "Sec-WebSocket-Protocol: parley.v1.json"));
        await using var bob = new CountingClient(await WireClient.OpenAsync(server.Address, "/ws?room=lobby"));
        await using var eve = new CountingClient(await WireClient.OpenAsync(server.Address, "/ws?room=lobby"));

        await ana.SendAsync("""{"t":"hello","v":1,"guest":{"name":"ana"}}""");
        await ana.ReceiveAsync("\"welcome\"");
        await ana.SendAsync("""{"t":"sub","id":1,"room":"lobby"}""");
        await ana.ReceiveAsync("\"re\":1");
        for (var n = 2; n <= 31; n++)
        {
            await ana.SendAsync($$"""{"t":"send","id":{{n}},"room":"lobby","cid":"c{{n}}","text":"hi {{n}}"}""");
            await ana.ReceiveAsync($"\"re\":{n}");
        }

        await ana.SendAsync("""{"t":"typing","room":"lobby","on":true}""");
        await ana.ReceiveAsync("\"typing\"");
        var limited = ana.Count("\"rate_limited\"");
        var messages = 30 - limited;
        Assert.InRange(limited, 1, 10);
        await ana.ReceiveAsync(() => ana.Count("\"ev\"") == messages);
        await bob.ReceiveAsync(() => bob.Count("ana: hi") == messages);
        await eve.ReceiveAsync(() => eve.Count("ana: hi") == messages);

        await Figures.EqualAsync(server, new()
        {
            ["parley_connections_open{dialect=\"json\"}"] = 1,
            ["parley_connections_open{dialect=\"line\"}"] = 2,
            ["parley_sessions_open"] = 3,
            ["parley_subscriptions_open"] = 3,
            ["parley_subscriptions_lag"] = 0,
            ["parley_subscriptions_behind"] = 0,
            ["parley_connections_parked"] = 0,
            ["parley_events_stored_total"] = messages + 1, // ana's entering.
            ["parley_commit_size_sum"] = messages + 1, // ana herself, with her entering.
            ["parley_sends_limited_total"] = limited,
            ["parley_delivery_events_total"] = ana.Count("\"ev\"") + bob.Texts + eve.Texts,
            ["parley_delivery_bytes_total"] = ana.Bytes + bob.Bytes + eve.Bytes,
            ["parley_signals_sent_total"] = 1,
            ["parley_signals_dropped_total"] = 0,
            ["parley_catchup_pages_total"] = 0,
            ["parley_writer_queue"] = 0,
            ["parley_store_refusing"] = 0,
            ["parley_store_outages_total"] = 0,
        });

        await ana.Wire.SendBytesAsync(WireClient.Frame(8, [0x03, 0xE8]));
        await bob.Wire.SendBytesAsync(new byte[] { 0x81, 0x01, 0x61 }); // A client's frame must be masked.
        Assert.Equal(1000, (await ana.Wire.ReceiveCloseAsync()).CloseCode);
        Assert.Equal(1002, (await bob.Wire.ReceiveCloseAsync()).CloseCode);
        await eve.DisposeAsync();

        await Figures.EqualAsync(server, new()
        {
            ["parley_connections_closed_total{code=\"1000\"}"] = 1,
            ["parley_connections_closed_total{code=\"1002\"}"] = 1,
            ["parley_connections_closed_total{code=\"1006\"}"] = 1,
            ["parley_connections_open{dialect=\"json\"}"] = 0,
            ["parley_connections_open{dialect=\"line\"}"] = 0,
            ["parley_subscriptions_open"] = 0,
        });
        Assert.Equal(0, await server.StopAsync());
    }

    [Theory]
    [InlineData("auto", "http://127.0.0.1:0", HttpStatusCode.OK)]
    [InlineData("off", "http://127.0.0.1:0", HttpStatusCode.NotFound)]
    [InlineData("auto", "http://0.0.0.0:0", HttpStatusCode.NotFound)]
    [InlineData("on", "http://0.0.0.0:0", HttpStatusCode.OK)]
    public async Task Figures_leave_the_machine_only_when_somebody_asked_for_it(string metrics, string listen, HttpStatusCode status)
    {
        await using var server = await ServingProcess.StartAsync(ServingProcess.Built, "--metrics", metrics, "--listen", listen);

        using var answer = await server.Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_page_that_reached_us_by_a_foreign_name_gets_no_figures()
    {
        await using var server = await ServingProcess.StartAsync(ServingProcess.Built);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = "evil.example" } };
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
