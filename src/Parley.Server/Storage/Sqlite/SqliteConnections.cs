using Microsoft.Data.Sqlite;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <summary>Opens connections with the settings that the store relies on.</summary>
internal static class SqliteConnections
{
    private const int BusyMilliseconds = 5_000;

    /// <summary>
    /// The one connection that writes. WAL: readers never wait for it. At <c>synchronous=FULL</c> each commit syncs the WAL
    /// before it returns; at NORMAL only a checkpoint syncs. A checkpoint every 4,000 pages (16 MB) keeps its cost per event
    /// small; the WAL file is cut back to 64 MB after a slow reader made it grow.
    /// </summary>
    /// <exception cref="SqliteException">The file cannot be opened or is no database.</exception>
    /// <exception cref="StoreException">The file system cannot hold a WAL.</exception>
    public static SqliteConnection OpenWriter(string file, bool full)
    {
        var connection = Open(file, SqliteOpenMode.ReadWrite);
        try
        {
            // The first statement that reads the file, so also the one that finds out whether it is a database.
            if (connection.Scalar("PRAGMA journal_mode=WAL") is not "wal")
            {
                throw new StoreException(
                    ErrorCode.Internal, $"{file} cannot use a write-ahead log here: put the data folder on a local disk.");
            }

            // fullfsync matters on macOS only, where fsync alone leaves the bytes in the drive's cache.
            connection.Execute(
                $"""
                PRAGMA synchronous={(full ? "FULL" : "NORMAL")};
                PRAGMA fullfsync={(full ? "ON" : "OFF")};
                PRAGMA foreign_keys=ON;
                PRAGMA wal_autocheckpoint=4000;
                PRAGMA journal_size_limit=67108864;
                PRAGMA cache_size=-16384;
                """);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>One of the connections that only read.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static SqliteConnection OpenReader(string file)
    {
        var connection = Open(file, SqliteOpenMode.ReadOnly);
        connection.Execute("PRAGMA cache_size=-2048;");
        return connection;
    }

    /// <summary>
    /// For a copy of a database that is being made and is thrown away if that fails: it keeps no journal, and is synced by
    /// whoever made it.
    /// </summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static SqliteConnection OpenCopy(string file)
    {
        var connection = Open(file, SqliteOpenMode.ReadWrite);
        connection.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;");
        return connection;
    }

    /// <summary>Runs SQL off the hot path.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs SQL off the hot path; the first column of the first row, or null.</summary>
    public static object? Scalar(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        // No pooling: closing must really close, and the store keeps its own connections.
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Execute($"PRAGMA busy_timeout={BusyMilliseconds}; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
