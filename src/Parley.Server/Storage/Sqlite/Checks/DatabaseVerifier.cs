using Microsoft.Data.Sqlite;
using Parley.Protocol;
using SQLitePCL;

namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>Looks for anything wrong in a database. It changes nothing; a server may run on it.</summary>
public static class DatabaseVerifier
{
    /// <summary>
    /// Checks SQLite's own structures, the schema, references, the rows of users and rooms, every room's log (seqs without
    /// holes from floor to head, members as its joins and parts leave them, one event per user and cid) and its hashes.
    /// Reads the whole file once or twice.
    /// </summary>
    /// <param name="path">A database, or the data folder that holds it.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="StoreException">There is no database.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static VerifyReport Run(string path, CancellationToken cancellationToken = default)
    {
        StoredDatabase database;
        try
        {
            database = StoredDatabase.Open(path);
        }
        catch (StoreException e) when (e.Code != ErrorCode.NotFound)
        {
            return new VerifyReport { File = path, Problems = [e.Message], ProblemCount = 1 };
        }

        using (database)
        {
            return Run(database, cancellationToken);
        }
    }

    private static VerifyReport Run(StoredDatabase database, CancellationToken cancellationToken)
    {
        // Not null: the connection is open.
        using var interrupt = cancellationToken.Register(() => raw.sqlite3_interrupt(database.Connection.Handle!));
        var problems = new ProblemList();
        var logs = new LogCheck(database, problems);
        foreach (var check in (Action[])
            [
                () => StructureCheck.Run(database, problems),
                () => RowCheck.Run(database, problems),
                () => logs.Run(cancellationToken),
            ])
        {
            try
            {
                check();
            }
            catch (SqliteException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                problems.Add(SqliteFailure.Explain(e, database.File).Message);
            }
        }

        return new VerifyReport
        {
            File = database.File,
            Epoch = RowCheck.ReadEpoch(database) ?? "",
            Bytes = database.Bytes,
            Rooms = logs.Rooms,
            Events = logs.Events,
            Hashed = logs.Hashed,
            Problems = problems.Lines,
            ProblemCount = problems.Count,
        };
    }
}
