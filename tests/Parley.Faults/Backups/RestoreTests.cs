using Microsoft.Data.Sqlite;
using Parley.Client;
using Parley.Faults.Kills;
using Parley.Protocol;
using Parley.Testing;
using Xunit.Sdk;

namespace Parley.Faults.Backups;

/// <summary>What clients see when a backup takes the place of the database they knew.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "restores")]
public sealed class RestoreTests
{
    [Fact]
    public Task Clients_of_the_time_after_the_backup_are_reset_and_load_what_is_there() => PlayAsync(static (_, _) => { });

    [Fact]
    public async Task A_restore_that_keeps_the_epoch_is_caught()
    {
        await Assert.ThrowsAnyAsync<XunitException>(() => PlayAsync(static (data, epoch) =>
        {
            using var database = new SqliteConnection($"Data Source={Path.Combine(data, "parley.db")};Pooling=False");
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = "UPDATE meta SET value = $epoch WHERE key = 'epoch'";
            command.Parameters.AddWithValue("$epoch", epoch);
            command.ExecuteNonQuery();
        }));
    }

    private static async Task PlayAsync(Action<string, string> afterwards)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var temp = new TempFolder();
        var data = Path.Combine(temp.Path, "data");
        var backup = Path.Combine(temp.Path, "backup.db");
        var port = ServerProcess.FreePort();
        var state = new MemoryClientState();
        await using (var server = ServerProcess.Start(ServerCommand.Find(), port, data))
        {
            await server.ReadyAsync(cancel);
            await using var client = NewClient(port, state);
            await client.ConnectAsync(cancel);
            await client.SubscribeAsync(Names.Lobby, cancellationToken: cancel);
            await client.SendAsync(Names.Lobby, "before", cancellationToken: cancel);
            await AdminCommand.RunAsync("backup", backup, "--data", data);
            var after = await client.SendAsync(Names.Lobby, "after", cancellationToken: cancel);
            await ReadUntilAsync(client, e => e is RoomEvent held && held.Event.Seq == after.Seq);
            await server.KillAsync();
        }

        await AdminCommand.RunAsync("restore", backup, "--data", data, "--force");
        afterwards(data, state.Load().Cursors[Names.Lobby].Epoch);

        await using var restored = ServerProcess.Start(ServerCommand.Find(), port, data);
        await restored.ReadyAsync(cancel);
        await using var again = NewClient(port, state);
        await again.ConnectAsync(cancel);
        var reset = Assert.IsType<RoomReset>(await ReadUntilAsync(again, e => e is RoomReset or RoomSynced));
        Assert.Equal("epoch", reset.Reason);
        var page = await again.ReadHistoryAsync(Names.Lobby, cancellationToken: cancel);
        Assert.Equal(["before"], page.Items.Where(i => i.K == EventKind.Message).Select(i => i.Text));
        var next = await again.SendAsync(Names.Lobby, "and on", cancellationToken: cancel);
        Assert.Equal(reset.Head + 1, next.Seq);
    }

    [Fact]
    public async Task A_backup_of_an_older_version_is_made_verified_and_restored_by_this_one()
    {
        using var temp = new TempFolder();
        var data = Path.Combine(temp.Path, "data");
        var backup = Path.Combine(temp.Path, "backup.db");
        var old = Path.Combine(temp.Path, "old.db");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "databases", "0001-log.db"), old);
        await AdminCommand.RunAsync("backup", backup, "--data", old);
        Assert.Equal(DatabaseDump.Read(old), DatabaseDump.Read(backup));

        await AdminCommand.RunAsync("restore", backup, "--data", data);

        await using (var server = ServerProcess.Start(ServerCommand.Find(), ServerProcess.FreePort(), data))
        {
            await server.ReadyAsync(TestContext.Current.CancellationToken);
        }

        await AdminCommand.RunAsync("verify", "--data", data);
        var (before, after) = (DatabaseDump.Read(old).Split('\n'), DatabaseDump.Read(Path.Combine(data, "parley.db")).Split('\n'));
        Assert.Equal(before.Where(NotOfMeta), after.Where(NotOfMeta));
        Assert.NotEqual(before, after);
    }

    private static bool NotOfMeta(string line) => !line.StartsWith("meta ", StringComparison.Ordinal);

    private static ChatClient NewClient(int port, IClientState state) =>
        new(new ChatClientOptions { Server = $"http://127.0.0.1:{port}", GuestName = "ana", StateStore = state });

    private static async Task<ChatEvent> ReadUntilAsync(ChatClient client, Func<ChatEvent, bool> isIt)
    {
        using var patience = new CancellationTokenSource(WireClient.Patience);
        await foreach (var next in client.ReadEventsAsync(patience.Token))
        {
            if (isIt(next))
            {
                return next;
            }
        }

        throw new InvalidOperationException("The client closed.");
    }
}
