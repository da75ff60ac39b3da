using Microsoft.Data.Sqlite;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// The store of one machine: a SQLite file in a folder that one server owns. One connection writes, several read; in WAL
/// mode neither waits for the other. The schema is described in docs/storage.md.
/// </summary>
/// <param name="dataFolder">Path of the data folder; created if missing.</param>
/// <param name="options">Checked by the caller.</param>
internal sealed class SqliteEventStore(string dataFolder, StorageOptions options) : IEventStore
{
    private DataFolder? _folder;
    private BatchWriter? _writer;
    private ReaderPool? _readers;
    private int _closed;

    /// <summary>The connection that writes, for tests: to look at its settings and to make it fail.</summary>
    internal SqliteConnection WriteConnection => Writer.Connection;

    private BatchWriter Writer => Opened(_writer);

    private ReaderPool Readers => Opened(_readers);

    /// <inheritdoc/>
    public Task<string> OpenAsync(CancellationToken cancellationToken) => Task.Run(Open, cancellationToken);

    /// <summary>
    /// See <see cref="IEventStore.WriteAsync"/>. Works on the calling thread, which the caller therefore keeps for this;
    /// the task is complete when it is returned. Cancellation counts before the transaction begins, not after.
    /// </summary>
    public Task WriteAsync(IReadOnlyList<StoreWrite> batch, CancellationToken cancellationToken) =>
        Write(static (writer, batch) => writer.Write(batch), batch, cancellationToken);

    /// <summary>See <see cref="IEventStore.ProbeAsync"/>; on the calling thread, as <see cref="WriteAsync"/>.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => Write(static (writer, _) => writer.Probe(), 0, cancellationToken);

    /// <inheritdoc/>
    public async Task<UserRow?> ReadUserAsync(string name, CancellationToken cancellationToken) =>
        await Readers.ReadAsync(name, static (reader, user) => reader.User(user), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredEvent>> ReadAsync(
        long roomId, long after, int limit, int maxBytes, CancellationToken cancellationToken) =>
        await Readers.ReadAsync(
            (roomId, after, limit, maxBytes),
            static (reader, query) => reader.After(query.roomId, query.after, query.limit, query.maxBytes),
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredEvent>> ReadBackAsync(
        long roomId, long before, int limit, int maxBytes, CancellationToken cancellationToken) =>
        await Readers.ReadAsync(
            (roomId, before, limit, maxBytes),
            static (reader, query) => reader.Before(query.roomId, query.before, query.limit, query.maxBytes),
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RoomRow>> ReadRoomsAsync(CancellationToken cancellationToken) =>
        await Readers.ReadAsync(0, static (reader, _) => reader.Rooms(), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UserRow>> ReadMembersAsync(long roomId, CancellationToken cancellationToken) =>
        await Readers.ReadAsync(roomId, static (reader, room) => reader.Members(room), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> ReadMembershipsAsync(long userId, CancellationToken cancellationToken) =>
        await Readers.ReadAsync(userId, static (reader, user) => reader.Memberships(user), cancellationToken);

    /// <summary>
    /// Lets reads end, folds the WAL into the database file and gives the folder free. The caller has stopped writing.
    /// Without it nothing is lost: the next open finds the WAL.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        if (_readers is not null)
        {
            await _readers.DisposeAsync();
        }

        if (_writer is not null)
        {
            Checkpoint(_writer.Connection);
            _writer.Dispose();
        }

        _folder?.Dispose();
    }

    private Task Write<TWork>(Action<BatchWriter, TWork> write, TWork work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        try
        {
            write(Writer, work);
            return Task.CompletedTask;
        }
        catch (StoreException e)
        {
            return Task.FromException(e);
        }
    }

    private static void Checkpoint(SqliteConnection connection)
    {
        try
        {
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // A full disk, or another program that reads: the WAL stays beside the file, where the next open uses it.
        }
    }

    private string Open()
    {
        ObjectDisposedException.ThrowIf(_closed != 0, this);
        var folder = DataFolder.Open(dataFolder);
        var file = folder.DatabaseFile;
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteConnections.OpenWriter(file, full: options.Synchronous is "full");
            Schema.Migrate(connection, file);
            RowSeal.SealAll(connection);
            var epoch = connection.Scalar("SELECT value FROM meta WHERE key = 'epoch'") as string
                ?? throw new StoreException(ErrorCode.Internal, $"{file} has lost its epoch: restore a backup.");
            _writer = new BatchWriter(connection, file, options.HashChain);
            _readers = new ReaderPool(file, options.Readers);
            _folder = folder;
            return epoch;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            folder.Dispose();
            if (e is SqliteException failure)
            {
                throw SqliteFailure.Explain(failure, file);
            }

            throw;
        }
    }

    private T Opened<T>(T? part)
        where T : class
    {
        ObjectDisposedException.ThrowIf(_closed != 0, this);
        return part ?? throw new InvalidOperationException("Open the store first.");
    }
}
