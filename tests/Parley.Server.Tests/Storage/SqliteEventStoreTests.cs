using System.Text;
using Microsoft.Data.Sqlite;
using Parley.Contracts;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;

namespace Parley.Server.Tests.Storage;

public sealed class SqliteEventStoreTests : EventStoreContract
{
    private readonly DirectoryInfo _temp = Directory.CreateTempSubdirectory("parley-");

    private protected override IEventStore Create(string database) => CreateSqlite(database);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _temp.Delete(recursive: true);
    }

    [Fact]
    public async Task The_folder_and_its_files_are_the_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are Unix's.");
            return;
        }

        await OpenAsync();

        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(PathOf("main")));
        foreach (var file in new[] { "parley.db", "parley.db-wal", "parley.lock" })
        {
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(PathOf("main", file)));
        }
    }

    [Fact]
    public async Task A_second_server_on_the_folder_is_refused_until_the_first_ends()
    {
        var first = await OpenAsync();

        var refused = await RefusedAsync("main");
        await first.DisposeAsync();
        await OpenAsync();

        Assert.Equal(ErrorCode.Busy, refused.Code);
        Assert.Contains("Another Parley server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        await (await OpenAsync()).DisposeAsync();
        Change("main", "INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('9999-future', '2099-01-01')");
        var before = await File.ReadAllBytesAsync(PathOf("main", "parley.db"), Cancel);

        var refused = await RefusedAsync("main");

        Assert.Contains("newer Parley (this one does not know 9999-future)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(PathOf("main", "parley.db"), Cancel));
    }

    [Fact]
    public async Task The_database_of_another_program_is_refused()
    {
        Directory.CreateDirectory(PathOf("main"));
        Change("main", "CREATE TABLE recipes (name TEXT)", SqliteOpenMode.ReadWriteCreate);

        var refused = await RefusedAsync("main");

        Assert.Contains("another program", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(PathOf("main"));
        var letter = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Dear Ann, ", 1_000)));
        await File.WriteAllBytesAsync(PathOf("main", "parley.db"), letter, Cancel);

        var refused = await RefusedAsync("main");

        Assert.Contains("is not a database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(letter, await File.ReadAllBytesAsync(PathOf("main", "parley.db"), Cancel));
    }

    [Fact]
    public async Task A_damaged_database_is_refused()
    {
        await (await OpenAsync()).DisposeAsync();
        var bytes = await File.ReadAllBytesAsync(PathOf("main", "parley.db"), Cancel);
        bytes.AsSpan(100, 8_000).Fill(0xAA);
        await File.WriteAllBytesAsync(PathOf("main", "parley.db"), bytes, Cancel);

        var refused = await RefusedAsync("main");

        Assert.Contains("is damaged", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_refused()
    {
        await File.WriteAllTextAsync(PathOf("file"), "", Cancel);

        var refused = await RefusedAsync(Path.Combine("file", "data"));

        Assert.Equal(ErrorCode.ReadOnly, refused.Code);
        Assert.Contains("cannot be used", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_folder_is_free_again()
    {
        Directory.CreateDirectory(PathOf("main"));
        await File.WriteAllTextAsync(PathOf("main", "parley.db"), new string('x', 1_000), Cancel);
        await RefusedAsync("main");
        File.Delete(PathOf("main", "parley.db"));

        Assert.Single(await (await OpenAsync()).ReadRoomsAsync(Cancel));
    }

    [Theory]
    [InlineData("full", 2L)]
    [InlineData("normal", 1L)]
    public async Task Commits_are_synced_as_the_option_says(string synchronous, long expected)
    {
        await using var store = CreateSqlite("main", synchronous);
        await store.OpenAsync(Cancel);

        Assert.Equal(expected, store.WriteConnection.Scalar("PRAGMA synchronous"));
        Assert.Equal("wal", store.WriteConnection.Scalar("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Acked_events_survive_the_death_of_the_process()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        await WriteAsync(store, Message(lobby, ann, "hello", "c1"));
        await WriteAsync(store, Message(lobby, ann, "world", "c2"));

        // What a killed process leaves: the files, never closed.
        Directory.CreateDirectory(PathOf("copy"));
        foreach (var file in new[] { "parley.db", "parley.db-wal" })
        {
            File.Copy(PathOf("main", file), PathOf("copy", file));
        }

        var copy = await OpenAsync("copy");

        Assert.Equal(["hello", "world"], await TextsAsync(copy, lobby));
        Assert.Equal((AppendOutcome.Stored, 3L), await OutcomeAsync(copy, Message(lobby, ann, "again")));
    }

    [Fact]
    public async Task Closing_folds_the_log_into_one_file()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        await WriteAsync(store, Message(lobby, ann, "hello"));

        await store.DisposeAsync();

        Assert.Equal(["parley.db", "parley.lock"], Directory.GetFiles(PathOf("main")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_full_disk_fails_the_batch_and_the_store_goes_on_when_there_is_space()
    {
        await using var store = CreateSqlite("main");
        await store.OpenAsync(Cancel);
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        store.WriteConnection.Execute($"PRAGMA max_page_count={store.WriteConnection.Scalar("PRAGMA page_count")}");
        AppendEvent[] batch = [.. Enumerable.Range(0, 20).Select(i => Message(lobby, ann, new string('x', 16_384), $"c{i}"))];

        var full = await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync(batch, Cancel));

        Assert.Equal(ErrorCode.Quota, full.Code);
        Assert.DoesNotContain('\n', full.Message);
        Assert.All(batch, static write => Assert.Equal((AppendOutcome.None, 0L), (write.Outcome, write.Seq)));
        Assert.Empty(await TextsAsync(store, lobby));

        store.WriteConnection.Execute("PRAGMA max_page_count=1000000");
        await store.WriteAsync(batch, Cancel);
        Assert.Equal(20, batch[^1].Seq);
    }

    [Fact]
    public async Task A_database_that_became_read_only_or_locked_fails_the_batch_with_that_code()
    {
        await using var store = CreateSqlite("main");
        await store.OpenAsync(Cancel);
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        var message = Message(lobby, ann, "hello");

        store.WriteConnection.Execute("PRAGMA query_only=ON; PRAGMA busy_timeout=0");
        var readOnly = await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync([message], Cancel));
        store.WriteConnection.Execute("PRAGMA query_only=OFF");
        StoreException busy;
        using (var other = Open("main", SqliteOpenMode.ReadWrite))
        {
            other.Execute("BEGIN IMMEDIATE");
            busy = await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync([message], Cancel));
        }

        Assert.Equal((ErrorCode.ReadOnly, ErrorCode.Busy), (readOnly.Code, busy.Code));
        Assert.Equal((AppendOutcome.Stored, 1L), await OutcomeAsync(store, message));
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_log_is_in_the_database_before_anything_is_written()
    {
        var store = await OpenAsync("killed");
        await WriteAsync(store, Message(await LobbyAsync(store), await GuestAsync(store, "ann"), "one"));
        Directory.CreateDirectory(PathOf("main"));
        foreach (var file in new[] { "parley.db", "parley.db-wal" })
        {
            File.Copy(PathOf("killed", file), PathOf("main", file));
        }

        var next = await OpenAsync();
        await next.ProbeAsync(Cancel);

        Directory.CreateDirectory(PathOf("alone"));
        File.Copy(PathOf("main", "parley.db"), PathOf("alone", "parley.db"));
        using var alone = Open("alone", SqliteOpenMode.ReadWrite);
        Assert.Equal(["one"], Rows(alone, "SELECT text FROM v_messages"));
    }

    [Fact]
    public async Task Another_programs_head_is_respected()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        await WriteAsync(store, Message(lobby, ann, "one"));
        Change(
            "main",
            $"INSERT INTO events (room_id, seq, ts, user_id, kind, text) VALUES (1, 2, 0, {ann.Id}, 'msg', 'two'); UPDATE rooms SET head = 2");

        Assert.Equal((AppendOutcome.Stored, 3L), await OutcomeAsync(store, Message(lobby, ann, "three")));
        Assert.Equal(["one", "two", "three"], await TextsAsync(store, lobby));
    }

    [Fact]
    public async Task More_reads_than_readers_wait_their_turn()
    {
        await using var store = CreateSqlite("main", readers: 1);
        await store.OpenAsync(Cancel);

        var reads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => store.ReadRoomsAsync(Cancel))));

        Assert.All(reads, static rooms => Assert.Single(rooms));
    }

    [Fact]
    public async Task People_read_the_views_with_any_program()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        var join = Event(lobby, ann, EventKind.Join);
        var message = Message(lobby, ann, "héllo", "c1");
        join.Ts = 1_700_000_000_007;
        message.Ts = 1_700_000_000_999;
        await store.WriteAsync([join, message], Cancel);

        using var reader = Open("main", SqliteOpenMode.ReadOnly);

        Assert.Equal(["lobby|2|2023-11-14T22:13:20.999Z|ann|héllo"], Rows(reader, "SELECT * FROM v_messages"));
        Assert.Equal(
            ["1|lobby|1|2023-11-14T22:13:20.007Z|ann|join||", "2|lobby|2|2023-11-14T22:13:20.999Z|ann|msg|c1|héllo"],
            Rows(reader, "SELECT id, room, seq, time, user, kind, cid, text FROM v_events ORDER BY id"));
        Assert.Equal(["lobby|Lobby|public|2|1|1"], Rows(reader, "SELECT room, title, kind, head, floor, members FROM v_rooms"));
        Assert.Equal(["lobby|ann|guest|2023-11-14T22:13:20.007Z"], Rows(reader, "SELECT * FROM v_members"));
        Assert.Equal([$"{Schema.ApplicationId}"], Rows(reader, "PRAGMA application_id"));
    }

    private static async Task<(AppendOutcome Outcome, long Seq)> OutcomeAsync(IEventStore store, AppendEvent write)
    {
        await store.WriteAsync([write], Cancel);
        return (write.Outcome, write.Seq);
    }

    private static List<string> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
        }

        return rows;
    }

    private SqliteEventStore CreateSqlite(string database, string synchronous = "full", int readers = 4) =>
        new(PathOf(database), new StorageOptions { Synchronous = synchronous, Readers = readers });

    private async Task<StoreException> RefusedAsync(string database)
    {
        await using var store = CreateSqlite(database);
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.OpenAsync(Cancel));
        Assert.DoesNotContain('\n', refused.Message);
        return refused;
    }

    private string PathOf(params string[] parts) => Path.Combine([_temp.FullName, .. parts]);

    private SqliteConnection Open(string database, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = PathOf(database, "parley.db"), Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private void Change(string database, string sql, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        using var connection = Open(database, mode);
        connection.Execute(sql);
    }
}
