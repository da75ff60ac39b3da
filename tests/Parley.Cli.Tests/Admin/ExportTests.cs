using System.Text.Json;

namespace Parley.Cli.Tests.Admin;

/// <summary><c>parley export</c>.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly AdminFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_room_is_a_line_about_it_and_then_its_events_as_they_are_on_the_wire()
    {
        await using var server = await _folder.ServeAsync("żółw 🐢 \"quoted\"\nand on", "two");

        var running = await AdminFolder.RunAsync("export", "--data", _folder.Data);

        Assert.Equal((0, "1 rooms, 3 events\n"), (running.ExitCode, running.Error));
        var (head, events) = (running.Output[..running.Output.IndexOf('\n')], running.Output[(running.Output.IndexOf('\n') + 1)..]);
        Assert.Matches("""^{"t":"room","room":"lobby","name":"Lobby","kind":"public","floor":1,"head":3,"epoch":"[0-9a-f]{16}"}$""", head);
        Assert.Equal(AdminFolder.EventsIn(server), events);
        await server.StopAsync();
        Assert.Equal(running.Output, (await AdminFolder.RunAsync("export", "--data", _folder.Data, "--room", "lobby")).Output);
    }

    [Fact]
    public async Task A_long_log_comes_whole_and_in_order_into_a_file()
    {
        await _folder.FillAsync([.. Enumerable.Range(0, 15).Select(i => $"text {i}")]);
        AdminFolder.Change(_folder.Database, "UPDATE rooms SET head = 3000 WHERE name = 'lobby'");
        using (var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder.Database};Pooling=False"))
        {
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = """
                WITH RECURSIVE n (seq) AS (VALUES (17) UNION ALL SELECT seq + 1 FROM n WHERE seq < 3000)
                INSERT INTO events (room_id, seq, ts, user_id, kind, text) SELECT 1, seq, seq, 1, 'msg', 'text ' || seq FROM n
                """;
            command.ExecuteNonQuery();
        }

        var outcome = await AdminFolder.RunAsync("export", "--data", _folder.Data, "--to", _folder.In("lobby.ndjson"));

        Assert.Equal((0, "", "1 rooms, 3000 events\n"), (outcome.ExitCode, outcome.Output, outcome.Error));
        var seqs = File.ReadLines(_folder.In("lobby.ndjson")).Skip(1).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("seq").GetInt32();
        });
        Assert.Equal(Enumerable.Range(1, 3_000), seqs);
        Assert.Contains("--force", await AdminFolder.FailAsync(1, "export", "--data", _folder.Data, "--to", _folder.In("lobby.ndjson")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_room_that_is_not_there_fails_and_a_name_that_no_room_has_is_a_wrong_call()
    {
        await _folder.FillAsync();

        Assert.Contains("has no room attic", await AdminFolder.FailAsync(1, "export", "--data", _folder.Data, "--room", "attic"), StringComparison.Ordinal);
        Assert.Contains("--room", await AdminFolder.FailAsync(2, "export", "--data", _folder.Data, "--room", "No Room"), StringComparison.Ordinal);
    }
}
