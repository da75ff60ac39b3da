using Parley.Faults.Kills;
using Parley.Server.Storage.Sqlite.Checks;
using Parley.Testing;

namespace Parley.Faults.Backups;

/// <summary>
/// <c>kill -9</c> while the server brings an old database to its schema. The database was written by the first version;
/// <c>tests/fixtures/databases</c> keeps it.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "migration-kills")]
public sealed class MigrationKillTests(ITestOutputHelper output)
{
    private static readonly string Old = Path.Combine(AppContext.BaseDirectory, "databases", "0001-log.db");

    [Fact]
    public async Task A_server_killed_in_mid_migration_starts_again_and_has_lost_nothing()
    {
        var kills = FaultSize.Count(ci: 5);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults migration-kills --count {kills} --seed {seed}");
        var dice = new Random(seed);
        var whole = DatabaseDump.Read(Old);
        var migrated = 0;
        for (var kill = 1; kill <= kills; kill++)
        {
            using var data = new TempFolder();
            var file = Path.Combine(data.Path, "parley.db");
            File.Copy(Old, file);
            await KillAsync(data.Path, dice);

            var report = DatabaseVerifier.Run(file);
            Assert.Empty(report.Problems);
            Assert.Equal(whole, DatabaseDump.Read(file));
            migrated += Migrations(file) > 1 ? 1 : 0;

            await using (var server = ServerProcess.Start(ServerCommand.Find(), ServerProcess.FreePort(), data.Path))
            {
                await server.ReadyAsync(TestContext.Current.CancellationToken);
                await server.KillAsync();
            }

            Assert.Empty(DatabaseVerifier.Run(file).Problems);
            Assert.Equal(whole, DatabaseDump.Read(file));
            Assert.True(Migrations(file) > 1);
        }

        output.WriteLine($"{kills} kills: {migrated} after the migration, {kills - migrated} before its commit; nothing lost");
    }

    /// <summary>Kills a server in the first milliseconds after it has touched the database.</summary>
    private static async Task KillAsync(string data, Random dice)
    {
        await using var server = ServerProcess.Start(ServerCommand.Find(), ServerProcess.FreePort(), data);
        var log = Path.Combine(data, "parley.db-wal");
        await Eventually.TrueAsync(() => File.Exists(log));
        var start = TimeProvider.System.GetTimestamp();
        var wait = TimeSpan.FromMilliseconds(dice.NextDouble() * 150);
        while (TimeProvider.System.GetElapsedTime(start) < wait)
        {
            await Task.Yield(); // A timer is too coarse.
        }

        await server.KillAsync();
    }

    private static long Migrations(string file)
    {
        using var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "SELECT count(*) FROM SchemaVersions";
        return (long)command.ExecuteScalar()!; // Not null: a count.
    }
}
