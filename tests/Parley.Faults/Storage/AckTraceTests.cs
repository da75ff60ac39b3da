using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Storage;

/// <summary>What the shim saw of the order of writes, syncs and acks. <c>--count</c> counts the cuts of the other test of this fault.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "power-cuts")]
public sealed class AckTraceTests(ITestOutputHelper output)
{
    private const int Messages = 300;

    [Fact]
    public async Task A_sync_stands_between_the_log_and_the_ack()
    {
        var trace = await TraceAsync("full");
        Assert.Equal(Messages, trace.Acks);
        Assert.Empty(trace.Early);
    }

    /// <summary>Unless this is seen, the test above proves nothing.</summary>
    [Fact]
    public async Task Without_syncs_the_trace_shows_acks_that_left_too_early()
    {
        var trace = await TraceAsync("normal");
        Assert.Equal(Messages, trace.Acks);
        Assert.NotEmpty(trace.Early);
    }

    private async Task<AckTrace> TraceAsync(string synchronous)
    {
        using var disk = new FaultyDisk(seed: 0);
        disk.Environment["PARLEY__Storage__Synchronous"] = synchronous;
        await using var run = new StorageRun(0, disk.Data, disk.Environment);
        await run.StartServerAsync();
        await run.ReadyAsync();
        await SendAsync(run.Address);
        await run.KillServerAsync();
        var trace = new AckTrace();
        foreach (var record in disk.Records)
        {
            trace.Take(record);
        }

        output.WriteLine($"{synchronous}: {trace.Acks} acks, {trace.Early.Count} of them before their message was durable");
        return trace;
    }

    private static async Task SendAsync(Uri server)
    {
        await using var client = await WireClient.OpenAsync(server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
        await client.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"tracer"}}""");
        await client.ReceiveTextAsync("\"t\":\"welcome\"");
        const int AtOnce = 10; // So that some commits carry several.
        for (var number = 1; number <= Messages; number += AtOnce)
        {
            for (var i = number; i < number + AtOnce; i++)
            {
                await client.SendTextAsync($$"""{"t":"send","id":{{i}},"room":"lobby","cid":"{{AckTrace.CidOf(i)}}","text":"x"}""");
            }

            await client.ReceiveTextAsync($"\"re\":{number + AtOnce - 1},");
        }
    }
}
