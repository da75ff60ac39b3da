using System.Net;
using System.Text.Json;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Storage;

/// <summary>A disk of 64 MiB that fills up while people chat. <c>--count</c> counts the times that it does.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "disk-full")]
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private const string Json = "Sec-WebSocket-Protocol: parley.v1.json";
    private static readonly TimeSpan RefusalBar = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RecoveryBar = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_full_disk_stops_the_sends_and_nothing_else_and_space_brings_them_back()
    {
        var times = FaultSize.Count(ci: 3);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults disk-full --count {times} --seed {seed}");
        using var disk = SmallDisk.Mount();
        await using var run = new StorageRun(seed, disk.Data, new Dictionary<string, string>());
        await run.StartServerAsync();
        await run.ReadyAsync();
        await run.BeginAsync();
        for (var time = 1; time <= times; time++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
            await FillAndFreeAsync(run, disk, time);
        }

        await run.EndAsync();
        await run.KillServerAsync();
        var record = run.History.With(StoredLog.Read(disk.Data)); // Which checks the database's integrity.
        var violations = HistoryChecker.Check(record);
        output.WriteLine($"{times} times full, {run.Acks} acked, {run.Refusals} refused, {record.Store.Events.Count} stored; {violations.Count} violations");
        Assert.Empty(violations);
        Assert.Empty(run.Complaints);
    }

    private async Task FillAndFreeAsync(StorageRun run, SmallDisk disk, int time)
    {
        var refusals = run.Refusals;
        var full = await disk.FillAsync();
        await StorageRun.UntilAsync(
            async () => run.Refusals > refusals && (await run.AskReadinessAsync()).StartsWith("503 not ready: The server's disk is full", StringComparison.Ordinal),
            "sends are refused because the disk is full");
        var refused = TimeProvider.System.GetElapsedTime(full);
        Assert.InRange(refused, TimeSpan.Zero, RefusalBar);

        await ReadAsync(run.Address);
        await SignalAsync(run.Address);
        await SendInVainAsync(run.Address);

        await disk.FreeAsync();
        var acks = run.Acks;
        var back = await StorageRun.UntilAsync(async () => run.Acks > acks && await run.AskReadinessAsync() == "200 ready\n", "sends are taken again");
        Assert.InRange(back, TimeSpan.Zero, RecoveryBar);
        output.WriteLine($"time {time}: refused after {refused.TotalSeconds:0.00} s, taken again {back.TotalSeconds:0.00} s after there was room");
    }

    /// <summary>Resume, history, the HTTP twin.</summary>
    private static async Task ReadAsync(Uri server)
    {
        await using var member = await WireClient.OpenAsync(server, "/ws", Json);
        await member.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"founder"},"cursors":{"lobby":0}}""");
        await member.ReceiveTextAsync("\"t\":\"welcome\"");
        await member.ReceiveTextAsync("\"t\":\"synced\"");
        await member.SendTextAsync("""{"t":"hist","id":1,"room":"room-0","before":1000000,"limit":5}""");
        Assert.Contains("\"covers\"", await member.ReceiveTextAsync("\"re\":1,"), StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = server };
        using var page = await http.GetAsync(new Uri("/api/rooms/room-0/messages", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    private static async Task SignalAsync(Uri server)
    {
        await using var reader = await WireClient.OpenAsync(server, "/ws", Json);
        await reader.SendTextAsync("""{"t":"hello","v":1,"guest":{}}""");
        await reader.SendTextAsync("""{"t":"sub","id":1,"room":"room-0"}""");
        await reader.ReceiveTextAsync("\"t\":\"synced\"");
        await using var typist = await WireClient.OpenAsync(server, "/ws", Json);
        await typist.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"founder"}}""");
        await typist.SendTextAsync("""{"t":"typing","room":"room-0","on":true}""");
        Assert.Contains("\"by\":\"founder\"", await reader.ReceiveTextAsync("\"t\":\"sig\""), StringComparison.Ordinal);
    }

    /// <summary>What is refused, and with which words: a member's message, and a newcomer, who would have to be stored.</summary>
    private static async Task SendInVainAsync(Uri server)
    {
        await using var client = await WireClient.OpenAsync(server, "/ws", Json);
        await client.SendTextAsync("""{"t":"hello","id":1,"v":1,"guest":{"name":"newcomer"}}""");
        AssertRefused(await client.ReceiveTextAsync("\"re\":1,"));
        await client.SendTextAsync("""{"t":"hello","id":2,"v":1,"guest":{"name":"founder"}}""");
        await client.ReceiveTextAsync("\"t\":\"welcome\"");
        await client.SendTextAsync("""{"t":"send","id":3,"room":"room-0","cid":"never","text":"x"}""");
        AssertRefused(await client.ReceiveTextAsync("\"re\":3,"));
    }

    private static void AssertRefused(string answer)
    {
        using var json = JsonDocument.Parse(answer.Split('\n')[0]);
        Assert.Equal("quota", json.RootElement.GetProperty("code").GetString());
        Assert.True(json.RootElement.GetProperty("temp").GetBoolean());
        Assert.InRange(json.RootElement.GetProperty("retry_ms").GetInt32(), 1, 10_000);
    }
}
