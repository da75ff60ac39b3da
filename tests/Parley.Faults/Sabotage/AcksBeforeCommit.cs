using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Faults.Sabotage;

/// <summary>Tells that messages are stored when they are not yet: they are written with the next batch, if it comes to that.</summary>
internal sealed class AcksBeforeCommit(IEventStore store) : SabotagedStore(store)
{
    private readonly List<StoreWrite> _owed = [];
    private volatile bool _crashed;

    /// <inheritdoc/>
    public override void Crash() => _crashed = true;

    /// <inheritdoc/>
    protected override async Task WriteSlowlyAsync(List<StoreWrite> batch, CancellationToken cancellationToken)
    {
        if (_crashed)
        {
            throw new StoreException(Protocol.ErrorCode.Internal, "There is no power.");
        }

        if (_owed.Count > 0)
        {
            await Inner.WriteAsync(_owed, cancellationToken);
            _owed.Clear();
        }

        if (!batch.TrueForAll(IsNew))
        {
            await Inner.WriteAsync(batch, cancellationToken);
            return;
        }

        var heads = (await Inner.ReadRoomsAsync(cancellationToken)).ToDictionary(r => r.Id, r => r.Head);
        foreach (var message in batch.Cast<AppendEvent>()) // Only messages are new.
        {
            _owed.Add(Copy(message, Cids.TextOf(message.Cid)));
            message.Outcome = AppendOutcome.Stored;
            message.Seq = ++heads[message.RoomId];
        }

        Did(batch.Count);
    }
}
