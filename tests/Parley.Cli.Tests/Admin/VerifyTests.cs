using System.Security.Cryptography;
using System.Text.Json;
using Parley.Cli.Tests.Commands;

namespace Parley.Cli.Tests.Admin;

/// <summary><c>parley verify</c>.</summary>
public sealed class VerifyTests : IDisposable
{
    private readonly AdminFolder _folder = new();

    public static TheoryData<string, string> Alterations => new()
    {
        { "UPDATE events SET text = 'ona' WHERE text = 'one'", "lobby 2: the event was altered" },
        { "UPDATE events SET ts = ts + 1 WHERE text = 'two'", "lobby 3: the event was altered" },
        { "UPDATE events SET user_id = 2 WHERE text = 'one'", "lobby 2: the event was altered" },
        { "UPDATE events SET hash = zeroblob(32) WHERE text = 'two'", "lobby 3: the event was altered" },
        { "UPDATE events SET hash = zeroblob(31) WHERE text = 'two'", "lobby 3: the hash was altered" },
        { "UPDATE events SET digest = zeroblob(32) WHERE text = 'one'", "lobby 2: the digest of the dropped text was altered" },
        { "DELETE FROM events WHERE text = 'one'", "lobby: 3 is where 2 belongs" },
        { "UPDATE rooms SET head = 2", "lobby: the head is 2, the newest event 4" },
        { "UPDATE rooms SET hash = NULL", "lobby: the hash of the head is not that" },
        { "UPDATE rooms SET title = 'Foyer'", "room 1 was altered" },
        { "UPDATE users SET name = 'Ana' WHERE name = 'ana'", "user 1 was altered" },
        { "UPDATE meta SET value = 'ffffffffffffffff' WHERE key = 'epoch'", "the row epoch was altered" },
        { "UPDATE members SET joined_ts = joined_ts + 1 WHERE user_id = 1", "user 1 is a member since" },
        { "DELETE FROM members WHERE user_id = 1", "user 1 joined and is no member" },
        { "INSERT INTO members VALUES (1, 2, 5)", "user 2 is a member and never joined" },
        { "INSERT INTO members VALUES (7, 1, 5)", "refers to a row of rooms that does not exist" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_alteration_of_a_row_is_a_line_and_exit_code_1()
    {
        await FillAsync();
        foreach (var (sql, expected) in Alterations.Select(row => row.Data))
        {
            var file = _folder.In("altered.db");
            File.Copy(_folder.Database, file, overwrite: true);
            AdminFolder.Change(file, "PRAGMA foreign_keys = OFF; " + sql);

            var outcome = await AdminFolder.RunAsync("verify", file);

            Assert.Equal((1, ""), (outcome.ExitCode, outcome.Error));
            Assert.Contains(outcome.Output.Split('\n'), line => line.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_missing_index_is_noticed_and_the_problems_are_in_the_object_too()
    {
        await FillAsync();
        using (var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder.Database};Pooling=False"))
        {
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = "DROP INDEX events_by_cid";
            command.ExecuteNonQuery();
        }

        var outcome = await AdminFolder.RunAsync("verify", "--data", _folder.Data, "--json");

        Assert.Equal(1, outcome.ExitCode);
        using var said = JsonDocument.Parse(outcome.Output);
        Assert.False(said.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal("the index events_by_cid is missing or altered", Assert.Single(said.RootElement.GetProperty("problems").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_text_that_was_dropped_leaves_its_digest_and_the_chain_holds()
    {
        await FillAsync();
        byte[] content = [0, 0, 0, 3, .. "one"u8];
        AdminFolder.Change(_folder.Database, $"UPDATE events SET text = NULL, digest = x'{Convert.ToHexString(SHA256.HashData(content))}' WHERE text = 'one'");

        Assert.Contains("is sound", await AdminFolder.DoAsync("verify", "--data", _folder.Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_is_verified_and_the_chain_goes_on_over_restarts_and_switching_off()
    {
        await FillAsync();
        await using (var unchained = await ServingProcess.StartAsync(ServingProcess.Built, "--data", _folder.Data))
        {
            await AdminFolder.SayAsync(unchained, "unhashed");
        }

        await using var server = await _folder.ServeAsync("three");

        using var said = JsonDocument.Parse(await AdminFolder.DoAsync("verify", "--data", _folder.Data, "--json"));
        Assert.Equal((6, 5), (said.RootElement.GetProperty("events").GetInt64(), said.RootElement.GetProperty("hashed").GetInt64()));
        Assert.Matches("^[0-9a-f]{64}$", said.RootElement.GetProperty("rooms")[0].GetProperty("hash").GetString());
    }

    [Fact]
    public async Task What_is_no_database_is_said_to_be_none()
    {
        var file = _folder.In("letter.txt");
        await File.WriteAllTextAsync(file, new string('x', 5_000), TestContext.Current.CancellationToken);

        var outcome = await AdminFolder.RunAsync("verify", file);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("is not a database", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("no database", await AdminFolder.FailAsync(1, "verify", _folder.In("missing.db")), StringComparison.Ordinal);
    }

    /// <summary>ana joins and says one, two and last; bob is known and never joined.</summary>
    private async Task FillAsync()
    {
        await _folder.FillAsync("one", "two");
        AdminFolder.Change(_folder.Database, "INSERT INTO users (name, name_key, role, created_ts) VALUES ('bob', 'BOB', 'guest', 1)");
        await using var server = await _folder.ServeAsync("last");
        await server.StopAsync();
    }
}
