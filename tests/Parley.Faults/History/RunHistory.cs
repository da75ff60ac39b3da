namespace Parley.Faults.History;

/// <summary>What happened in a run, in one order: an append-only record that all clients write to.</summary>
public sealed class RunHistory
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];

    /// <summary>Adds an entry. From any thread; a client adds its own in the order in which they happened.</summary>
    public void Add(Entry entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
        }
    }

    /// <summary>What happened up to now, with what the store holds.</summary>
    public RecordedRun With(StoredLog store)
    {
        lock (_gate)
        {
            return new RecordedRun([.. _entries], store);
        }
    }
}

/// <summary>A run that is over: what its clients did and saw, and what the store holds.</summary>
public sealed record RecordedRun(IReadOnlyList<Entry> Entries, StoredLog Store);
