using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Parley.Server.Storage.Sqlite.Backups;

/// <summary>Copies one moment of a database, page by page, into a file that stands by itself.</summary>
internal static class PageCopy
{
    // 4 MiB between two looks at the cancellation.
    private const int PagesPerStep = 1_024;

    /// <summary>
    /// Copies it. The read transaction of <paramref name="source"/> keeps the moment, so that the copy never begins again,
    /// however much is written meanwhile; see docs/decisions/0012-backups.md.
    /// </summary>
    /// <param name="target">An empty file, which becomes a database without a write-ahead log, synced to disk.</param>
    /// <exception cref="SqliteException">The source cannot be read or the target cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The target is in pieces.</exception>
    public static void Run(StoredDatabase source, string target, CancellationToken cancellationToken)
    {
        using (var connection = SqliteConnections.OpenCopy(target))
        {
            Copy(source.Connection, connection, cancellationToken);

            // The copied header says that there is a write-ahead log; a file that is carried around must not need one.
            connection.Execute("PRAGMA journal_mode=DELETE");
        }

        Sync(target);
    }

    /// <summary>Returns when the disk holds a file that nobody writes any more.</summary>
    public static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    private static void Copy(SqliteConnection source, SqliteConnection target, CancellationToken cancellationToken)
    {
        using var backup = sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
        if (backup.IsInvalid)
        {
            SqliteException.ThrowExceptionForRC(sqlite3_errcode(target.Handle), target.Handle);
        }

        int code;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            code = sqlite3_backup_step(backup, PagesPerStep);
        }
        while (code == SQLITE_OK);

        if (code != SQLITE_DONE)
        {
            throw new SqliteException(sqlite3_errstr(code).utf8_to_string(), code & 0xFF, code);
        }
    }
}
