using Microsoft.Data.Sqlite;
using Parley.Protocol;
using Parley.Server.Storage.Sqlite.Checks;

namespace Parley.Server.Storage.Sqlite.Backups;

/// <summary>Makes backups: one moment of a database in one file.</summary>
public static class DatabaseBackup
{
    /// <summary>
    /// Copies a database, checks the copy, and only then gives it its name. A server may run on the folder: it is not held
    /// up, and its folder lock is not needed. What was acked before the call is in the copy.
    /// </summary>
    /// <param name="dataFolder">The data folder, or a database itself.</param>
    /// <param name="file">Where the backup goes; its folder must exist.</param>
    /// <param name="overwrite">Whether a file there may be replaced.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What the backup holds.</returns>
    /// <exception cref="StoreException">There is no database, the place is taken, the disk is full, or the copy is unsound; there is no file then.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; there is no file then.</exception>
    public static VerifyReport Write(string dataFolder, string file, bool overwrite, CancellationToken cancellationToken = default)
    {
        using var partial = new PartialFile(file, overwrite);
        RefuseLogOf(file);
        using (var source = StoredDatabase.Open(dataFolder))
        {
            if (string.Equals(source.File, Path.GetFullPath(file), StringComparison.Ordinal))
            {
                throw new StoreException(ErrorCode.Conflict, $"{source.File} is the database itself: name another file.");
            }

            Copy(source, partial.Path, cancellationToken);
        }

        var report = Check(partial.Path, $"The copy of {dataFolder} is unsound, so no backup was made; see parley verify", cancellationToken);
        partial.Keep(overwrite);
        return report with { File = Path.GetFullPath(file) };
    }

    /// <summary>See <see cref="PageCopy.Run"/>.</summary>
    /// <exception cref="StoreException">It failed.</exception>
    internal static void Copy(StoredDatabase source, string target, CancellationToken cancellationToken)
    {
        try
        {
            PageCopy.Run(source, target, cancellationToken);
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(e, target);
        }
    }

    /// <summary>Checks a copy.</summary>
    /// <exception cref="StoreException">It is unsound; the message begins with <paramref name="refusal"/>.</exception>
    internal static VerifyReport Check(string file, string refusal, CancellationToken cancellationToken)
    {
        var report = DatabaseVerifier.Run(file, cancellationToken);
        return report.IsSound ? report : throw new StoreException(ErrorCode.Internal, $"{refusal}: {report.Problems[0]}");
    }

    /// <summary>A database put beside the write-ahead log of another would be mixed with it.</summary>
    private static void RefuseLogOf(string file)
    {
        if (File.Exists(file + "-wal"))
        {
            throw new StoreException(ErrorCode.Conflict, $"{file} is a database in use ({file}-wal is there): name another file.");
        }
    }
}
