using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// A prepared statement, kept for the life of its connection. Used instead of <see cref="SqliteCommand"/> on the hot path:
/// it binds UTF-8 as it is, hands out columns as spans, and allocates nothing per execution.
/// </summary>
/// <remarks>Bind, <see cref="Step"/> until it returns <see langword="false"/> or enough, then <see cref="Reset"/>.</remarks>
internal sealed class Statement : IDisposable
{
    private const int StackBytes = 256;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <exception cref="SqliteException">The SQL does not fit the schema.</exception>
    public Statement(SqliteConnection connection, string sql)
    {
        // An open connection always has a handle.
        _database = connection.Handle!;
        Check(sqlite3_prepare_v3(_database, sql, SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Binds an integer; the first index is 1.</summary>
    public void Bind(int index, long value) => Check(sqlite3_bind_int64(_statement, index, value));

    /// <summary>Binds text that is UTF-8 already; SQLite copies it. Empty becomes NULL.</summary>
    public void Bind(int index, ReadOnlySpan<byte> utf8) =>
        Check(utf8.IsEmpty ? sqlite3_bind_null(_statement, index) : sqlite3_bind_text(_statement, index, utf8));

    /// <summary>Binds bytes; SQLite copies them. Empty becomes NULL.</summary>
    public void BindBlob(int index, ReadOnlySpan<byte> bytes) =>
        Check(bytes.IsEmpty ? sqlite3_bind_null(_statement, index) : sqlite3_bind_blob(_statement, index, bytes));

    /// <summary>Binds text; only <see langword="null"/> becomes NULL.</summary>
    public void Bind(int index, string? value)
    {
        if (value is null)
        {
            Check(sqlite3_bind_null(_statement, index));
        }
        else if (value.Length == 0 || Encoding.UTF8.GetMaxByteCount(value.Length) > StackBytes)
        {
            Check(sqlite3_bind_text(_statement, index, value));
        }
        else
        {
            Span<byte> utf8 = stackalloc byte[StackBytes];
            Check(sqlite3_bind_text(_statement, index, utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
        }
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns><see langword="false"/> when the statement is done.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public bool Step()
    {
        var code = sqlite3_step(_statement);
        if (code == SQLITE_ROW)
        {
            return true;
        }

        if (code != SQLITE_DONE)
        {
            Throw(code);
        }

        return false;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>Runs a statement that inserts or deletes.</summary>
    /// <returns>The number of rows that it changed.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public int RunAndCount()
    {
        Run();
        return sqlite3_changes(_database);
    }

    /// <summary>Makes it ready to run again and ends its read. Bindings stay. Repeats an error already thrown, so its result says nothing.</summary>
    public void Reset() => _ = sqlite3_reset(_statement);

    /// <summary>An integer of the current row; the first column is 0.</summary>
    public long Int64(int column) => sqlite3_column_int64(_statement, column);

    /// <summary>Whether a column of the current row is NULL.</summary>
    public bool IsNull(int column) => sqlite3_column_type(_statement, column) == SQLITE_NULL;

    /// <summary>Bytes of the current row, valid until the next step; NULL is empty.</summary>
    public ReadOnlySpan<byte> Blob(int column) => sqlite3_column_blob(_statement, column);

    /// <summary>Text of the current row, valid until the next step; NULL is empty.</summary>
    public ReadOnlySpan<byte> Utf8(int column) => sqlite3_column_blob(_statement, column);

    /// <summary>Text of the current row; <see langword="null"/> for NULL.</summary>
    public string? Text(int column) =>
        IsNull(column) ? null : Encoding.UTF8.GetString(Utf8(column));

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != SQLITE_OK)
        {
            Throw(code);
        }
    }

    private void Throw(int code) =>
        throw new SqliteException(sqlite3_errmsg(_database).utf8_to_string(), code & 0xFF, sqlite3_extended_errcode(_database));
}
