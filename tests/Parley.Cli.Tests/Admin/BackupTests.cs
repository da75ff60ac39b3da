using System.Text.Json;

namespace Parley.Cli.Tests.Admin;

/// <summary><c>parley backup</c> and <c>parley restore</c>.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly AdminFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_of_a_running_server_is_one_sound_file_and_says_what_it_holds()
    {
        await using var server = await _folder.ServeAsync("one", "two");

        using var said = JsonDocument.Parse(await AdminFolder.DoAsync("backup", _folder.In("b.db"), "--data", _folder.Data, "--json"));

        Assert.True(said.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(3, said.RootElement.GetProperty("events").GetInt64());
        Assert.Equal(new FileInfo(_folder.In("b.db")).Length, said.RootElement.GetProperty("bytes").GetInt64());
        Assert.Contains("is sound", await AdminFolder.DoAsync("verify", _folder.In("b.db")), StringComparison.Ordinal);
        Assert.Equal(["b.db", "chained.json"], Files());
    }

    [Fact]
    public async Task A_backup_of_a_stopped_server_holds_the_same()
    {
        await _folder.FillAsync("one");

        var said = await AdminFolder.DoAsync("backup", "--to", _folder.In("b.db"), "--data", _folder.Data);

        Assert.Contains("epoch", said, StringComparison.Ordinal);
        Assert.Equal(await AdminExport(_folder.Database), await AdminExport(_folder.In("b.db")));
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_only_by_force()
    {
        await _folder.FillAsync("one");
        await File.WriteAllTextAsync(_folder.In("b.db"), "mine", TestContext.Current.CancellationToken);

        var line = await AdminFolder.FailAsync(1, "backup", _folder.In("b.db"), "--data", _folder.Data);

        Assert.Contains("--force", line, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder.In("b.db"), TestContext.Current.CancellationToken));
        await AdminFolder.DoAsync("backup", _folder.In("b.db"), "--data", _folder.Data, "--force");
        await AdminFolder.DoAsync("verify", _folder.In("b.db"));
    }

    [Fact]
    public async Task A_backup_that_would_be_unsound_leaves_no_file()
    {
        await _folder.FillAsync("one");
        AdminFolder.Change(_folder.Database, "UPDATE events SET text = 'ONE' WHERE text = 'one'");

        var line = await AdminFolder.FailAsync(1, "backup", _folder.In("b.db"), "--data", _folder.Data);

        Assert.Contains("lobby 2: the event was altered", line, StringComparison.Ordinal);
        Assert.Equal(["chained.json"], Files());
    }

    [Fact]
    public async Task A_call_without_a_file_and_a_folder_without_a_database_are_told_apart()
    {
        Assert.Contains("Name one file", await AdminFolder.FailAsync(2, "backup", "--data", _folder.Data), StringComparison.Ordinal);
        Assert.Contains("no database", await AdminFolder.FailAsync(1, "backup", _folder.In("b.db"), "--data", _folder.Data), StringComparison.Ordinal);
        Assert.Equal(["chained.json"], Files());
    }

    [Fact]
    public async Task A_restored_database_has_a_new_epoch_and_the_old_one_is_kept()
    {
        await _folder.FillAsync("one");
        await AdminFolder.DoAsync("backup", _folder.In("b.db"), "--data", _folder.Data);
        await _folder.FillAsync("two");
        Assert.Contains("--force", await AdminFolder.FailAsync(1, "restore", _folder.In("b.db"), "--data", _folder.Data), StringComparison.Ordinal);

        using var said = JsonDocument.Parse(await AdminFolder.DoAsync("restore", _folder.In("b.db"), "--data", _folder.Data, "--force", "--json"));

        var epoch = said.RootElement.GetProperty("epoch").GetString();
        Assert.NotEqual(said.RootElement.GetProperty("backup_epoch").GetString(), epoch);
        var aside = said.RootElement.GetProperty("kept_aside").GetString()!; // Not null: something was there.
        Assert.StartsWith(_folder.Database + ".before-restore-", aside, StringComparison.Ordinal);
        Assert.Contains("\"two\"", await AdminExport(aside), StringComparison.Ordinal);
        var restored = await AdminExport(_folder.Database);
        Assert.Contains(epoch!, restored, StringComparison.Ordinal); // Not null: the test above.
        Assert.DoesNotContain("\"two\"", restored, StringComparison.Ordinal);
        await using var server = await _folder.ServeAsync("three");
        Assert.Matches("\"one\"(.|\n)*\"three\"", AdminFolder.EventsIn(server));
    }

    [Fact]
    public async Task The_old_database_of_a_killed_server_is_kept_with_what_only_its_log_held()
    {
        await using (await _folder.ServeAsync("one"))
        {
            await AdminFolder.DoAsync("backup", _folder.In("b.db"), "--data", _folder.Data);
        }

        await using (await _folder.ServeAsync("two"))
        {
            // Its end is a kill: what was said last is in the write-ahead log alone.
        }

        using var said = JsonDocument.Parse(await AdminFolder.DoAsync("restore", _folder.In("b.db"), "--data", _folder.Data, "--force", "--json"));

        Assert.Contains("\"two\"", await AdminExport(said.RootElement.GetProperty("kept_aside").GetString()!), StringComparison.Ordinal); // Not null: something was there.
        Assert.DoesNotContain("\"two\"", await AdminExport(_folder.Database), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_restored_under_a_running_server()
    {
        await using var server = await _folder.ServeAsync("one");
        await AdminFolder.DoAsync("backup", _folder.In("b.db"), "--data", _folder.Data);

        var line = await AdminFolder.FailAsync(1, "restore", _folder.In("b.db"), "--data", _folder.Data, "--force");

        Assert.Contains("Another Parley server", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_backup_is_not_restored()
    {
        await _folder.FillAsync("one");
        await AdminFolder.DoAsync("backup", _folder.In("b.db"), "--data", _folder.Data);
        AdminFolder.Change(_folder.In("b.db"), "UPDATE events SET ts = ts + 1 WHERE text = 'one'");

        var line = await AdminFolder.FailAsync(1, "restore", _folder.In("b.db"), "--data", _folder.In("other"));

        Assert.Contains("lobby 2: the event was altered", line, StringComparison.Ordinal);
        Assert.Equal(["parley.lock"], Directory.EnumerateFiles(_folder.In("other")).Select(Path.GetFileName));
    }

    private static async Task<string> AdminExport(string database)
    {
        var outcome = await AdminFolder.RunAsync("export", "--data", database);
        Assert.Equal(0, outcome.ExitCode);
        return outcome.Output;
    }

    private IEnumerable<string?> Files() => Directory.EnumerateFiles(_folder.In("")).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
