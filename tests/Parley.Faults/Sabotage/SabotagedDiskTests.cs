using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Faults.Storage;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;
using Parley.Testing;

namespace Parley.Faults.Sabotage;

/// <summary>Proves that the check of a full disk is able to fail.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "sabotage")]
public sealed class SabotagedDiskTests(ITestOutputHelper output)
{
    private const string Room = "garden";

    [Fact]
    public async Task A_store_that_acks_what_a_full_disk_did_not_take_is_caught()
    {
        using var disk = SmallDisk.Mount();
        var history = new RunHistory();
        AcksOnFullDisk? store = null;
        await using (var server = await ChatServer.StartAsync(o => o.LiftLimits(), data: disk.Data, services: services =>
            services.Replace(ServiceDescriptor.Singleton<IEventStore>(p =>
                store = new AcksOnFullDisk(new SqliteEventStore(disk.Data, p.GetRequiredService<StorageOptions>()))))))
        {
            await ChatRooms.CreateAsync(server.Http, [Room]);
            await using var sender = new LoadClient(new ClientId("sender"), server.Http, history, new FirstAck(), seed: 1, [Room], follows: false);
            sender.Start();
            await sender.WriteAsync(5);
            await EverythingIsAckedAsync(sender);
            await disk.FillAsync();
            while (store!.Done == 0) // Not null: the server has it.
            {
                await sender.WriteAsync(5);
                await EverythingIsAckedAsync(sender);
            }

            await disk.FreeAsync();
        }

        var violations = HistoryChecker.Check(history.With(StoredLog.Read(disk.Data)));
        output.WriteLine($"{store.Done} acked on a full disk; {violations.Count} violations, such as {string.Join("; ", violations.Take(1))}");
        Assert.Contains(violations, v => v.Invariant == Invariant.I1);
    }

    private static Task<TimeSpan> EverythingIsAckedAsync(LoadClient sender) =>
        StorageRun.UntilAsync(async () => !await sender.HasUnackedAsync(), "everything is acked");
}
