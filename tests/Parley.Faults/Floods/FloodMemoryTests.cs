using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections;
using Parley.Server.Transport;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>What a flood takes is given back: seen from inside, in one process with the server, after a full collection.</summary>
[Collection(nameof(FloodMemoryTests))]
[CollectionDefinition(nameof(FloodMemoryTests), DisableParallelization = true)]
[Trait(FaultSize.Trait, "floods")]
public sealed class FloodMemoryTests
{
    private const long BytesMore = 8 * 1024 * 1024;

    private readonly int _count = FaultSize.Count(ci: 400);

    [Fact]
    public async Task Nothing_of_a_flood_stays_in_memory()
    {
        await using var server = await ChatServer.StartAsync(o => o.Storage.Synchronous = "normal");
        await FloodAsync(server, 20); // What is made once is made before the count.
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await FloodAsync(server, _count);

        var registry = server.Services.GetRequiredService<ConnectionRegistry>();
        var pending = server.Services.GetRequiredService<PendingConnections>();
        await Eventually.TrueAsync(() => registry.Count == 0 && pending.Count == 0);
        await Eventually.TrueAsync(() => GC.GetTotalMemory(forceFullCollection: true) <= before + BytesMore);
    }

    private static async Task FloodAsync(ChatServer server, int count)
    {
        await Attackers.HangUpsAsync(server.Http, count * 4);
        await Attackers.ControlFramesAsync(server.Http, count);
    }
}
