using Parley.Testing;

namespace Parley.Server.Tests.Telemetry;

public sealed class MetricsTests
{
    private const int Messages = 400;
    private const int TextBytes = 8_000;

    [Fact]
    public async Task A_client_that_does_not_read_shows_as_parked_and_behind_and_then_as_caught_up()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Delivery.WindowBytes = 65_536;
            o.Delivery.SendBufferBytes = 16_384;
        });
        await using var stalled = await WireClient.LineAsync(server, receiveBuffer: 8_192);
        await using var ana = await WireClient.GuestAsync(server, "ana");
        var text = new string('x', TextBytes);
        for (var n = 1; n <= Messages; n++)
        {
            await ana.SendTextAsync($$"""{"t":"send","id":{{n}},"room":"lobby","cid":"c{{n}}","text":"{{text}}"}""");
        }

        await ana.ReceiveTextAsync($"\"re\":{Messages}");

        await Eventually.TrueAsync(() => Figures.Read(server, "parley.connections.parked") == 1);
        Assert.Equal(1, Figures.Read(server, "parley.subscriptions.behind"));
        Assert.InRange(Figures.Read(server, "parley.subscriptions.lag"), 100, Messages);
        Assert.Equal(0, Figures.Read(server, "parley.catchup.pages"));
        var before = Figures.Read(server, "parley.delivery.events");
        Assert.InRange(before, 1, Messages - 100);

        for (var n = 0; n < Messages; n++)
        {
            await stalled.ReceiveTextAsync("ana: x");
        }

        await Eventually.TrueAsync(() => Figures.Read(server, "parley.connections.parked") == 0);
        await Eventually.TrueAsync(() => Figures.Read(server, "parley.subscriptions.lag") == 0);
        Assert.Equal(0, Figures.Read(server, "parley.subscriptions.behind"));
        Assert.True(Figures.Read(server, "parley.catchup.pages") > 0);
        Assert.Equal(0, Figures.Read(server, "parley.catchup.waiting"));
        Assert.Equal(Messages + 1, Figures.Read(server, "parley.delivery.events")); // And ana's entering.
    }
}
