using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// At most <paramref name="size"/> connections that read, opened when first needed. When all are in use the caller waits,
/// without a thread; who waits is bounded by who asks.
/// </summary>
internal sealed class ReaderPool(string file, int size) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(size, size);
    private readonly ConcurrentStack<LogReader> _idle = new();
    private bool _closed;

    /// <summary>Waits for a connection and reads, on the thread that got it: reads are short.</summary>
    /// <exception cref="StoreException">The read failed.</exception>
    /// <exception cref="ObjectDisposedException">The pool was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the read began.</exception>
    public async Task<TRows> ReadAsync<TQuery, TRows>(
        TQuery query, Func<LogReader, TQuery, TRows> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (!_idle.TryPop(out var reader))
            {
                reader = new LogReader(SqliteConnections.OpenReader(file));
            }

            try
            {
                return read(reader, query);
            }
            finally
            {
                _idle.Push(reader);
            }
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(e, file);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Lets reads in progress end, then closes the connections. Reads that were still waiting are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < size; i++)
        {
            await _free.WaitAsync(CancellationToken.None);
        }

        _closed = true;
        while (_idle.TryPop(out var reader))
        {
            reader.Dispose();
        }

        // The semaphore stays, so that whoever still waits for it learns that the pool is closed.
        _free.Release(size);
    }
}
