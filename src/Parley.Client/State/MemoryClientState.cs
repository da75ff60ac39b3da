using Parley.Protocol;

namespace Parley.Client;

/// <summary>Keeps the state in memory: it outlives connections and clients, not the process.</summary>
public sealed class MemoryClientState : IClientState
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Cursor> cursors = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, UnsentMessage> unsent = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public SavedState Load()
    {
        lock (gate)
        {
            return new SavedState(new Dictionary<string, Cursor>(cursors, StringComparer.Ordinal), [.. unsent.Values]);
        }
    }

    /// <inheritdoc/>
    public void SetCursor(string room, Cursor cursor)
    {
        lock (gate)
        {
            cursors[room] = cursor;
        }
    }

    /// <inheritdoc/>
    public void RemoveCursor(string room)
    {
        lock (gate)
        {
            cursors.Remove(room);
        }
    }

    /// <inheritdoc/>
    public void AddUnsent(UnsentMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (gate)
        {
            unsent.TryAdd(message.Cid, message);
        }
    }

    /// <inheritdoc/>
    public void RemoveUnsent(string cid)
    {
        lock (gate)
        {
            unsent.Remove(cid);
        }
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
}
