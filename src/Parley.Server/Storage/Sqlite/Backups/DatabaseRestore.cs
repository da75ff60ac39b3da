using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Parley.Protocol;
using Parley.Server.Storage.Sqlite.Checks;

namespace Parley.Server.Storage.Sqlite.Backups;

/// <summary>Puts a backup into a data folder.</summary>
public static class DatabaseRestore
{
    /// <summary>
    /// Copies a backup into a data folder that no server uses, checks the copy, gives it a new epoch, and puts it in place
    /// in one step. The new epoch tells clients that the logs are not the ones they knew: they begin again.
    /// </summary>
    /// <param name="file">The backup.</param>
    /// <param name="dataFolder">The data folder; made when missing.</param>
    /// <param name="overwrite">Whether a database may be there; it is kept under another name.</param>
    /// <param name="time">The clock that names it.</param>
    /// <param name="cancellationToken">Ends it early; the folder is as before then.</param>
    /// <exception cref="StoreException">There is no backup, it is unsound, or the folder is in use or not free; the folder is as before then.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static RestoreReport Run(
        string file, string dataFolder, bool overwrite, TimeProvider time, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(time);
        using var source = StoredDatabase.Open(file);
        using var folder = DataFolder.Lock(dataFolder);
        var database = folder.DatabaseFile;
        var exists = new FileInfo(database) is { Exists: true, Length: > 0 };
        CheckPlace(database, exists, overwrite);
        using var partial = new PartialFile(database, overwrite: true);
        DatabaseBackup.Copy(source, partial.Path, cancellationToken);
        var report = DatabaseBackup.Check(partial.Path, $"{file} is unsound, so nothing was restored", cancellationToken);
        var epoch = RenewEpoch(partial.Path, source.HasChain);
        string? aside = null;
        if (exists)
        {
            aside = NameAside(database, time);
            DetachLog(database, aside);
            partial.KeepAndSetAside(aside);
        }
        else
        {
            partial.Keep(overwrite: true);
        }

        return new RestoreReport(report with { File = database, Epoch = epoch }, report.Epoch, aside);
    }

    private static void CheckPlace(string database, bool exists, bool overwrite)
    {
        if (exists && !overwrite)
        {
            throw new StoreException(
                ErrorCode.Conflict, $"{database} exists: choose another folder, or use --force, which keeps it under another name.");
        }

        if (!exists && File.Exists(database + "-wal"))
        {
            throw new StoreException(ErrorCode.Conflict, $"{database}-wal belongs to a database that is not there: move it away.");
        }
    }

    private static string RenewEpoch(string file, bool hasSeals)
    {
        var epoch = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        using (var connection = SqliteConnections.OpenCopy(file))
        {
            using var set = new Statement(
                connection, hasSeals ? "UPDATE meta SET value = ?1, seal = ?2 WHERE key = 'epoch'" : "UPDATE meta SET value = ?1 WHERE key = 'epoch'");
            set.Bind(1, epoch);
            if (hasSeals)
            {
                set.BindBlob(2, RowSeal.OfMeta("epoch", epoch));
            }

            set.Run();
        }

        PageCopy.Sync(file);
        return epoch;
    }

    private static string NameAside(string database, TimeProvider time)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{database}.before-restore-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
        var free = name;
        for (var i = 2; File.Exists(free); i++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        }

        return free;
    }

    /// <summary>
    /// Folds the old database's write-ahead log into it, so that one file is all of it. One that is too damaged for that
    /// keeps its log, as a copy beside its new name.
    /// </summary>
    private static void DetachLog(string database, string aside)
    {
        try
        {
            using var old = SqliteConnections.OpenWriter(database, full: true);
            old.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (Exception e) when (e is SqliteException or StoreException)
        {
            if (File.Exists(database + "-wal"))
            {
                File.Copy(database + "-wal", aside + "-wal");
                PageCopy.Sync(aside + "-wal");
            }
        }

        File.Delete(database + "-wal");
        File.Delete(database + "-shm");
    }
}

/// <summary>What was restored.</summary>
/// <param name="Restored">What the database now holds, with its new epoch.</param>
/// <param name="BackupEpoch">The epoch of the backup.</param>
/// <param name="KeptAside">Where the database is that was there before; null: there was none.</param>
public sealed record RestoreReport(VerifyReport Restored, string BackupEpoch, string? KeptAside);
