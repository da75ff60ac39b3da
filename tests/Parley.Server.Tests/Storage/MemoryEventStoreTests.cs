using Parley.Contracts;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Server.Tests.Storage;

/// <summary>The store that other tests use keeps the same contract.</summary>
public sealed class MemoryEventStoreTests : EventStoreContract
{
    private readonly Dictionary<string, MemoryEventStore.Database> _databases = new(StringComparer.Ordinal);

    private protected override IEventStore Create(string database)
    {
        if (!_databases.TryGetValue(database, out var kept))
        {
            _databases[database] = kept = new MemoryEventStore.Database();
        }

        return new MemoryEventStore(kept);
    }
}
