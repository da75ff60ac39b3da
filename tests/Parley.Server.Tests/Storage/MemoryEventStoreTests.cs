using Parley.Contracts;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Server.Tests.Storage;

public sealed class MemoryEventStoreTests : EventStoreContract
{
    private readonly Dictionary<string, MemoryDatabase> _databases = [];

    private protected override IEventStore Create(string database)
    {
        if (!_databases.TryGetValue(database, out var kept))
        {
            _databases[database] = kept = new MemoryDatabase(Guid.NewGuid().ToString("N")[..16]);
        }

        return new MemoryEventStore(kept);
    }
}
