using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;
using Parley.Server.Tests.Http;
using Parley.Server.Tests.Sessions;
using Parley.Server.Tests.Telemetry;
using Parley.Testing;

namespace Parley.Server.Tests.Storage;

/// <summary>A server whose store takes no writes for a while. The fake clock stands, so nothing is probed until a test moves it.</summary>
public sealed class OutageTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private Site? _site;

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }
    }

    [Fact]
    public async Task Sends_are_refused_for_the_time_being_and_the_probe_says_why()
    {
        var site = await StartAsync();
        await using var ana = await WireClient.GuestAsync(site.Server, "ana");
        await StopWritesAsync(ana);

        var refused = await ana.AskAsync("""{"t":"send","id":1,"room":"lobby","cid":"a","text":"one"}""");

        Assert.Equal(("read_only", true, 1_000), (refused.Code(), refused["temp"]!.GetValue<bool>(), refused["retry_ms"]!.GetValue<int>()));
        Assert.DoesNotContain(site.Server.Data, refused["msg"]!.GetValue<string>(), StringComparison.Ordinal);
        using var ready = await site.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("not ready: The server's store cannot be written", await ready.Content.ReadAsStringAsync(Site.Cancelled), StringComparison.Ordinal);
        using var posted = await site.SayAsync("two");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (posted.StatusCode, posted.Headers.RetryAfter is not null));
    }

    [Fact]
    public async Task Members_come_back_and_read_and_type_meanwhile()
    {
        var site = await StartAsync();
        await using (var ana = await WireClient.GuestAsync(site.Server, "ana"))
        {
            await ana.AskAsync("""{"t":"send","id":1,"room":"lobby","cid":"a","text":"one"}""");
            await StopWritesAsync(ana);
        }

        await using var again = await WireClient.GuestAsync(site.Server, "Ana", ""","cursors":{"lobby":0}""");
        Assert.Equal(["ev", "ev", "synced"], (await again.UntilAsync("synced")).Select(m => m.Type()));
        Assert.Equal("ok", (await again.AskAsync("""{"t":"hist","id":2,"room":"lobby","before":10}""")).Type());
        await using var visitor = await WireClient.JsonAsync(site.Server);
        await visitor.SendTextAsync("""{"t":"hello","v":1,"guest":{}}""");
        await visitor.FollowAsync("lobby");
        await again.SendTextAsync("""{"t":"typing","room":"lobby","on":true}""");
        Assert.Equal("sig", (await visitor.NextAsync()).Type());
        await using var line = await WireClient.LineAsync(site.Server, "ana");
        await line.SendTextAsync("three");
        Assert.StartsWith("* not sent: The server's store cannot be written", await line.ReceiveTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newcomer_is_told_to_try_again_on_the_same_connection()
    {
        var site = await StartAsync();
        await using var ana = await WireClient.GuestAsync(site.Server, "ana");
        await StopWritesAsync(ana);
        await using var bob = await WireClient.JsonAsync(site.Server);

        var refused = await bob.AskAsync("""{"t":"hello","id":1,"v":1,"guest":{"name":"bob"}}""");
        await using var line = await WireClient.UpgradeAsync(site.Server.Http, "/ws?name=bob");
        Allow(writes: true);
        await ProbeAsync();
        await bob.SendTextAsync("""{"t":"hello","id":2,"v":1,"guest":{"name":"bob"}}""");

        Assert.Equal(("read_only", true), (refused.Code(), refused["temp"]!.GetValue<bool>()));
        Assert.Equal(503, line.Status);
        Assert.Equal("welcome", (await bob.NextAsync()).Type());
    }

    [Fact]
    public async Task A_join_of_a_member_is_answered_and_that_of_anybody_else_refused()
    {
        var site = await StartAsync();
        await using var ana = await WireClient.GuestAsync(site.Server, "ana");
        await using var bob = await WireClient.GuestAsync(site.Server, "bob");
        await ana.AskAsync("""{"t":"create","id":1,"room":"garden"}""");
        await StopWritesAsync(ana);

        var member = await ana.AskAsync("""{"t":"join","id":2,"room":"garden"}""");
        var other = await bob.AskAsync("""{"t":"join","id":2,"room":"garden"}""");

        Assert.Equal(("ok", 2), (member.Type(), member.Seq()));
        Assert.Equal("read_only", other.Code());
    }

    [Fact]
    public async Task A_member_on_its_way_into_another_room_is_told_why_it_cannot()
    {
        var site = await StartAsync();
        await using var ana = await WireClient.GuestAsync(site.Server, "ana");
        await StopWritesAsync(ana);

        await using var line = await WireClient.LineAsync(site.Server, "ana", "garden");

        Assert.StartsWith("* The server's store cannot be written", await line.ReceiveTextAsync(), StringComparison.Ordinal);
        Assert.Equal(1013, (await line.ReceiveCloseAsync()).CloseCode);
    }

    [Fact]
    public async Task Recovery_is_noticed_without_anybody_sending()
    {
        var site = await StartAsync();
        await using var ana = await WireClient.GuestAsync(site.Server, "ana");
        await StopWritesAsync(ana);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Allow(writes: true);

        await ProbeAsync();

        Assert.Equal("ready\n", await site.TextAsync("/readyz"));
        Assert.Equal("ok", (await ana.AskAsync("""{"t":"send","id":1,"room":"lobby","cid":"a","text":"one"}""")).Type());
    }

    [Fact]
    public async Task An_outage_shows_in_the_figures_while_it_lasts_and_is_counted()
    {
        var site = await StartAsync();
        await using var ana = await WireClient.GuestAsync(site.Server, "ana");
        Assert.Equal((0, 0), Store());

        await StopWritesAsync(ana);
        var during = Store();
        Allow(writes: true);
        await ProbeAsync();

        Assert.Equal(((1, 1), (0, 1)), (during, Store()));

        (double Refusing, double Outages) Store() =>
            (Figures.Read(site.Server, "parley.store.refusing"), Figures.Read(site.Server, "parley.store.outages"));
    }

    private async Task<Site> StartAsync() => _site = await Site.StartAsync(time: _clock);

    private async Task StopWritesAsync(WireClient member)
    {
        Allow(writes: false);
        Assert.Equal("err", (await member.AskAsync("""{"t":"send","id":99,"room":"lobby","cid":"first","text":"x"}""")).Type());
    }

    private void Allow(bool writes)
    {
        var store = (SqliteEventStore)_site!.Server.Services.GetRequiredService<IEventStore>(); // Not null: it was started.
        store.WriteConnection.Execute($"PRAGMA query_only={(writes ? "OFF" : "ON")}");
    }

    /// <summary>Moves the clock until the store has been found well.</summary>
    private async Task ProbeAsync()
    {
        var writer = _site!.Server.Services.GetRequiredService<EventWriter>(); // Not null: it was started.
        await _clock.AdvanceUntilAsync(Eventually.TrueAsync(() => writer.Outage is null), TimeSpan.FromSeconds(60));
    }
}
