using Parley.Server.Storage;

namespace Parley.Faults.Sabotage;

/// <summary>Stores two messages of one sender in the other order than they came in.</summary>
internal sealed class SwapsBeforeStoring(IEventStore store) : SabotagedStore(store)
{
    /// <inheritdoc/>
    protected override async Task WriteSlowlyAsync(List<StoreWrite> batch, CancellationToken cancellationToken)
    {
        var added = batch.Select(IsNew).ToList();
        var swapped = false;
        for (var i = 1; i < batch.Count && !swapped; i++)
        {
            var before = batch.FindLastIndex(i - 1, w => Swap.IsOfOneRoom(w, batch[i]));
            swapped = before >= 0 && added[i] && added[before]
                && ((AppendEvent)batch[i]).UserId == ((AppendEvent)batch[before]).UserId; // Both are, or they are of no room.
            if (swapped)
            {
                (batch[before], batch[i]) = (batch[i], batch[before]);
            }
        }

        await Inner.WriteAsync(batch, cancellationToken);
        if (swapped)
        {
            Did();
        }
    }
}

/// <summary>Stores all as it should be, and has two events of one room published in the other order.</summary>
internal sealed class SwapsBeforeDelivery(IEventStore store) : SabotagedStore(store)
{
    /// <inheritdoc/>
    protected override async Task WriteSlowlyAsync(List<StoreWrite> batch, CancellationToken cancellationToken)
    {
        await Inner.WriteAsync(batch, cancellationToken);
        for (var i = 1; i < batch.Count; i++)
        {
            var before = batch.FindLastIndex(i - 1, w => Swap.IsOfOneRoom(w, batch[i]));
            if (before >= 0 && Swap.IsStored(batch[before]) && Swap.IsStored(batch[i]))
            {
                (batch[before], batch[i]) = (batch[i], batch[before]);
                Did();
                return;
            }
        }
    }
}

/// <summary>What may be swapped.</summary>
file static class Swap
{
    public static bool IsOfOneRoom(StoreWrite one, StoreWrite other) =>
        one is AppendEvent first && other is AppendEvent second && first.RoomId == second.RoomId;

    public static bool IsStored(StoreWrite write) => write is AppendEvent { Outcome: AppendOutcome.Stored };
}
