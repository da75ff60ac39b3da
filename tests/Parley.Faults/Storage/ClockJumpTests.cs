using System.Globalization;
using System.Text.Json;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Protocol;
using Parley.Testing;

namespace Parley.Faults.Storage;

/// <summary>
/// The time of day jumps by an hour and by ten years, forwards and backwards, while people chat: nothing but the times that
/// are shown changes. By our own shim, which moves the time of day and leaves the monotonic clock alone, as a real jump does;
/// so no other library is needed. <c>--count</c> counts jumps.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "clock-jumps")]
public sealed class ClockJumpTests(ITestOutputHelper output)
{
    private const int SendsPerSecond = 60; // A little more than what the senders write, so that they catch up.
    private const int Burst = 20;
    private const int LeastPerSecond = 2; // However slow the machine.
    private static readonly TimeSpan MuteBar = TimeSpan.FromSeconds(10); // Pings after 1 s, waits 1 s, looks once a second; a busy machine.
    private static readonly TimeSpan Decade = TimeSpan.FromDays(3_652);
    private static readonly TimeSpan[] Jumps = [TimeSpan.FromHours(1), TimeSpan.FromHours(-1), Decade, -Decade];

    [Fact]
    public async Task Jumps_of_the_clock_harm_neither_order_nor_limits_nor_connections()
    {
        var jumps = FaultSize.Count(ci: Jumps.Length);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults clock-jumps --count {jumps} --seed {seed}");
        using var disk = new FaultyDisk(seed);
        disk.Environment["PARLEY__Connections__PingAfter"] = "1s";
        disk.Environment["PARLEY__Connections__PongTimeout"] = "1s";
        disk.Environment["PARLEY__Sends__PerSecond"] = $"{SendsPerSecond}";
        disk.Environment["PARLEY__Sends__Burst"] = $"{Burst}";
        await using var run = new StorageRun(seed, disk.Data, disk.Environment, limits: true);
        await run.StartServerAsync();
        await run.ReadyAsync();
        await run.BeginAsync();
        var start = TimeProvider.System.GetTimestamp();
        for (var jump = 0; jump < jumps; jump++)
        {
            await JumpAsync(run, disk, Jumps[jump % Jumps.Length]);
            AssertLimited(run, TimeProvider.System.GetElapsedTime(start));
        }

        Assert.True(run.Ends == 0, $"{run.Ends} connections ended: {string.Join("; ", run.Complaints)}\n{run.Output}");
        await run.EndAsync();
        await run.KillServerAsync();
        var violations = HistoryChecker.Check(run.History.With(StoredLog.Read(disk.Data)));
        output.WriteLine($"{jumps} jumps, {run.Acks} acked, {run.Refusals} refused as too fast; {violations.Count} violations");
        Assert.Empty(violations);
        Assert.Empty(run.Complaints);
    }

    /// <summary>One jump, over which a client that answers nothing is cut as at any other time.</summary>
    private async Task JumpAsync(StorageRun run, FaultyDisk disk, TimeSpan to)
    {
        await using var mute = await WireClient.OpenAsync(run.Address, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
        await mute.SendTextAsync("""{"t":"hello","v":1,"guest":{}}""");
        await mute.ReceiveTextAsync("\"t\":\"welcome\"");
        var start = TimeProvider.System.GetTimestamp();
        disk.ShiftClock(to);
        var shown = await AskTimeAsync(run.Address) - TimeProvider.System.GetUtcNow();
        Assert.InRange(shown - to, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1)); // It has jumped indeed.
        var refusals = run.Refusals;
        await run.BurstAsync(3 * Burst);
        await StorageRun.UntilAsync(() => Task.FromResult(run.Refusals > refusals), "some of a burst are refused");
        var close = await mute.ReceiveCloseAsync();
        var cut = TimeProvider.System.GetElapsedTime(start);
        Assert.Equal(CloseCode.Timeout, close.CloseCode);
        Assert.InRange(cut, TimeSpan.FromSeconds(1), MuteBar);
        output.WriteLine($"the clock is {to.TotalHours.ToString("+0;-0;0", CultureInfo.InvariantCulture)} h off: a mute client was cut after {cut.TotalSeconds:0.00} s");
    }

    private static async Task<DateTimeOffset> AskTimeAsync(Uri server)
    {
        await using var client = await WireClient.OpenAsync(server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
        await client.SendTextAsync("""{"t":"hello","v":1,"guest":{}}""");
        await client.SendTextAsync("""{"t":"ping","id":1,"ts":0}""");
        using var pong = JsonDocument.Parse(await client.ReceiveTextAsync("\"t\":\"pong\""));
        return DateTimeOffset.FromUnixTimeMilliseconds(pong.RootElement.GetProperty("now").GetInt64());
    }

    /// <summary>Nobody was let off the limit, and nobody was held back beyond it.</summary>
    private static void AssertLimited(StorageRun run, TimeSpan since)
    {
        var acked = run.History.With(new StoredLog([], [])).Entries.OfType<Acked>().CountBy(a => a.Client).ToList();
        Assert.NotEmpty(acked);
        foreach (var (client, count) in acked)
        {
            var most = Burst + (SendsPerSecond * since.TotalSeconds) + 1;
            Assert.True(count <= most, $"{client} had {count} messages taken in {since.TotalSeconds:0.0} s, {most:0} are allowed");
            Assert.True(count >= LeastPerSecond * since.TotalSeconds, $"{client} had only {count} messages taken in {since.TotalSeconds:0.0} s");
        }
    }
}
