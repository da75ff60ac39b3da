using Microsoft.Data.Sqlite;
using Parley.Protocol;
using static SQLitePCL.raw;

namespace Parley.Server.Storage.Sqlite;

/// <summary>Turns an error of SQLite into one line that says what to do.</summary>
internal static class SqliteFailure
{
    /// <summary>The store's form of <paramref name="failure"/>, which it keeps as the inner exception.</summary>
    public static StoreException Explain(SqliteException failure, string file)
    {
        var (code, message) = failure.SqliteErrorCode switch
        {
            SQLITE_FULL => (ErrorCode.Quota, $"The disk that holds {file} is full: free some space."),
            SQLITE_READONLY => (ErrorCode.ReadOnly, $"{file} cannot be written: check its owner, its mode and the mount."),
            SQLITE_IOERR when IsOfWriting(failure.SqliteExtendedErrorCode) => (ErrorCode.ReadOnly, $"{file} cannot be written, code {failure.SqliteExtendedErrorCode}: look at the disk, its mount and the kernel's log."),
            SQLITE_BUSY or SQLITE_LOCKED => (ErrorCode.Busy, $"Another program holds {file} locked: end it, or try again."),
            SQLITE_CANTOPEN or SQLITE_PERM => (ErrorCode.Internal, $"{file} cannot be opened: check the owner and the mode of the file and its folder."),
            SQLITE_NOTADB => (ErrorCode.Internal, $"{file} is not a database: restore a backup, or move the file away to start empty."),
            SQLITE_CORRUPT => (ErrorCode.Internal, $"{file} is damaged: restore a backup, or move the file away to start empty."),
            _ => (ErrorCode.Internal, $"SQLite failed on {file} with code {failure.SqliteExtendedErrorCode}: {failure.Message}"),
        };
        return new StoreException(code, message, failure, takesNoWrites: IsOutage(failure.SqliteErrorCode));
    }

    /// <summary>Whether every write fails until somebody or something mends it.</summary>
    private static bool IsOutage(int code) =>
        code is SQLITE_FULL or SQLITE_READONLY or SQLITE_IOERR or SQLITE_BUSY or SQLITE_LOCKED or SQLITE_CANTOPEN or SQLITE_PERM
            or SQLITE_NOTADB or SQLITE_CORRUPT;

    private static bool IsOfWriting(int extendedCode) =>
        extendedCode is SQLITE_IOERR_WRITE or SQLITE_IOERR_FSYNC or SQLITE_IOERR_DIR_FSYNC or SQLITE_IOERR_TRUNCATE or SQLITE_IOERR_SHMSIZE;
}
