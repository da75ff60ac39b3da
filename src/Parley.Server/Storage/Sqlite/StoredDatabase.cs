using Microsoft.Data.Sqlite;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// One moment of a database, read beside whatever server runs on it: a connection whose read transaction is open. It needs
/// no folder lock, and neither waits for the server's writer nor makes it wait; while it is open the write-ahead log grows.
/// </summary>
internal sealed class StoredDatabase : IDisposable
{
    private StoredDatabase(SqliteConnection connection, string file, bool hasChain)
    {
        Connection = connection;
        File = file;
        HasChain = hasChain;
    }

    /// <summary>The connection; it only reads.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>Full path of the database.</summary>
    public string File { get; }

    /// <summary>Its size at this moment.</summary>
    public long Bytes { get; private init; }

    /// <summary>Whether its schema has hashes and seals: not that of a database that 0002-chain has not reached.</summary>
    public bool HasChain { get; }

    /// <summary>Opens a database of this version of Parley or an older one.</summary>
    /// <param name="path">A database, or the data folder that holds it.</param>
    /// <exception cref="StoreException">There is none, or it cannot be read as one.</exception>
    public static StoredDatabase Open(string path)
    {
        var file = Path.GetFullPath(Directory.Exists(path) ? DataFolder.DatabaseIn(path) : path);
        if (new FileInfo(file) is not { Exists: true, Length: > 0 })
        {
            throw new StoreException(ErrorCode.NotFound, $"There is no database at {file}: name its data folder with --data, or the file.");
        }

        SqliteConnection? connection = null;
        try
        {
            connection = SqliteConnections.OpenReader(file);
            connection.Execute("BEGIN");
            Schema.CheckReadable(connection, file);
            var hasChain = connection.Scalar("SELECT count(*) FROM pragma_table_info('events') WHERE name = 'hash'") is 1L;
            return new StoredDatabase(connection, file, hasChain)
            {
                Bytes = connection.Scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") as long? ?? 0,
            };
        }
        catch (Exception e)
        {
            connection?.Dispose();
            if (e is SqliteException failure)
            {
                throw SqliteFailure.Explain(failure, file);
            }

            throw;
        }
    }

    /// <summary>Lets go of the moment: later reads see what was committed before them.</summary>
    public void EndMoment() => Connection.Execute("COMMIT");

    /// <inheritdoc/>
    public void Dispose() => Connection.Dispose();
}
