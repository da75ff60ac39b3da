using System.Text.Json;
using Parley.Server.Tests.Sessions;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>A stop loses nothing that was taken, tells everybody when to return, and ends in time; a restart goes on where it was.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_stop_answers_what_was_taken_and_says_when_to_return()
    {
        using var folder = new TempFolder();
        var acked = new List<(long Seq, string Text)>();
        await using (var server = await ChatServer.StartAsync(o => o.LiftLimits(), data: folder.Path))
        {
            await using var ana = await WireClient.GuestAsync(server, "ana");
            await using var onlooker = await WireClient.GuestAsync(server, "onlooker");
            await using var line = await WireClient.LineAsync(server, "lena");
            Assert.Empty(await line.RoundTripAsync());
            for (var i = 0; i < 500; i++)
            {
                await ana.SendTextAsync($$"""{"t":"send","id":{{i}},"room":"lobby","cid":"c{{i}}","text":"{{i}}"}""");
            }

            var first = await ana.NextAsync();
            acked.Add((first.Seq(), "0"));
            var stopping = server.StopAsync();
            var answered = new HashSet<int> { 0 };
            while (await ana.NextAsync() is var next && next.Type() != "bye")
            {
                // A refusal may overtake the acks of what is being stored.
                var request = next["re"]!.GetValue<int>();
                Assert.True(answered.Add(request), $"Request {request} was answered twice.");
                if (next.Type() == "ok")
                {
                    acked.Add((next.Seq(), $"{request}"));
                }
                else
                {
                    Assert.Equal("err busy", next.Brief());
                }
            }

            Assert.Equal("1012 the server restarts, FIN", await ana.ReceiveFarewellAsync());
            var bye = (await onlooker.UntilAsync("bye"))[^1];
            Assert.Equal((1012, true), (bye["code"]!.GetValue<int>(), bye["reconnect"]!.GetValue<bool>()));
            Assert.InRange(bye["after_ms"]!.GetValue<int>(), 0, 5_000);
            Assert.Equal("1012 the server restarts, FIN", await onlooker.ReceiveFarewellAsync());
            Assert.Equal("* the server restarts", await line.ReceiveTextAsync("restarts"));
            Assert.Equal("1012 the server restarts, FIN", await line.ReceiveFarewellAsync());
            await stopping;
        }

        await using var again = await ChatServer.StartAsync(o => o.LiftLimits(), data: folder.Path);
        var head = Wired.Room(again).Head;
        var stored = (await Wired.Chat(again).Store.ReadAsync(Wired.Room(again).Id, 0, 10_000, int.MaxValue, TestContext.Current.CancellationToken))
            .ToDictionary(e => e.Seq, e => System.Text.Encoding.UTF8.GetString(e.Text.Span));
        Assert.All(acked, a => Assert.Equal(a.Text, stored[a.Seq]));
        Assert.True(head >= acked[^1].Seq);
    }

    [Fact]
    public async Task The_times_to_return_are_spread()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Connections.ReturnSpread = TimeSpan.FromSeconds(100);
        });
        var clients = new List<WireClient>();
        for (var i = 0; i < 30; i++)
        {
            clients.Add(await WireClient.GuestAsync(server, $"ana{i}"));
        }

        var stopping = server.StopAsync();
        var times = new List<int>();
        foreach (var client in clients)
        {
            times.Add((await client.UntilAsync("bye"))[^1]["after_ms"]!.GetValue<int>());
            await client.DisposeAsync();
        }

        await stopping;
        Assert.All(times, t => Assert.InRange(t, 0, 100_000));
        // 30 equal draws from 100 s: the chance of less than 10 s between the least and the greatest is 3e-28.
        Assert.True(times.Max() - times.Min() > 10_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stalled_client_does_not_hold_up_the_stop_and_nobody_new_is_taken_meanwhile(bool tls)
    {
        await using var server = await ChatServer.StartAsync(
            o =>
            {
                o.LiftLimits();
                o.Delivery.SendBufferBytes = 4_096;
            },
            certificate: tls ? TestCertificate.Instance : null);
        await using var stalled = await WireClient.LineAsync(server, "ana", receiveBuffer: 4_096);
        Assert.Empty(await stalled.RoundTripAsync());
        var bob = await Wired.ParticipantAsync(server, "bob");
        await bob.PostAsync(Wired.Room(server), Enumerable.Repeat(new string('x', 1_000), 500));
        await Eventually.TrueAsync(() => Wired.Registry(server).All.Single().IsStalled);

        var start = TimeProvider.System.GetTimestamp();
        var stopping = server.StopAsync();
        await Eventually.TrueAsync(() => Wired.Chat(server).State.IsStopping);
        await using var late = await WireClient.UpgradeAsync(server.Http, "/ws?name=late");
        Assert.Equal(503, late.Status);
        await stopping;
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task After_a_restart_on_the_same_folder_everything_goes_on()
    {
        using var folder = new TempFolder();
        string epoch;
        JsonElement before;
        await using (var server = await ChatServer.StartAsync(data: folder.Path))
        {
            epoch = Wired.Chat(server).State.Epoch;
            await using var ana = await WireClient.GuestAsync(server, "ana");
            await ana.AskAsync("""{"t":"create","id":1,"room":"den","name":"The den"}""");
            before = JsonDocument.Parse((await ana.AskAsync("""{"t":"send","id":2,"room":"den","cid":"c1","text":"before"}""")).ToJsonString()).RootElement;
            await server.StopAsync();
        }

        await using var again = await ChatServer.StartAsync(data: folder.Path);
        await using var client = await WireClient.JsonAsync(again);
        await client.SendTextAsync($$$"""{"t":"hello","v":1,"guest":{"name":"ana"},"epoch":"{{{epoch}}}","cursors":{"den":1}}""");
        var welcome = await client.NextAsync();
        Assert.Equal(epoch, welcome["epoch"]!.GetValue<string>());
        Assert.Equal(["den The den 3", "lobby Lobby 1"], welcome["rooms"]!.AsArray().Select(r => $"{r!["room"]} {r["name"]} {r["head"]}"));
        Assert.Equal(["ev 2 join", "ev 3 msg", "synced 3"], (await client.UntilAsync("synced")).Brief());
        var repeated = await client.AskAsync("""{"t":"send","id":1,"room":"den","cid":"c1","text":"before"}""");
        Assert.Equal((before.GetProperty("seq").GetInt64(), before.GetProperty("ts").GetInt64(), true), (repeated.Seq(), repeated["ts"]!.GetValue<long>(), repeated["dup"]!.GetValue<bool>()));
        Assert.Equal(4, (await client.AskAsync("""{"t":"send","id":2,"room":"den","cid":"c2","text":"after"}""")).Seq());
    }
}
