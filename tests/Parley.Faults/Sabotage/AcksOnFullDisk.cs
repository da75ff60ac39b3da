using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Faults.Sabotage;

/// <summary>Tells that messages are stored which a full disk did not take.</summary>
internal sealed class AcksOnFullDisk(IEventStore store) : SabotagedStore(store)
{
    private readonly Dictionary<long, long> _lies = [];

    /// <inheritdoc/>
    protected override async Task WriteSlowlyAsync(List<StoreWrite> batch, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.WriteAsync(batch, cancellationToken);
        }
        catch (StoreException e) when (e.Code == ErrorCode.Quota && batch.TrueForAll(IsNew))
        {
            var heads = (await Inner.ReadRoomsAsync(cancellationToken)).ToDictionary(r => r.Id, r => r.Head);
            foreach (var message in batch.Cast<AppendEvent>()) // Only messages are new.
            {
                message.Outcome = AppendOutcome.Stored;
                message.Seq = heads[message.RoomId] + (_lies[message.RoomId] = _lies.GetValueOrDefault(message.RoomId) + 1);
            }

            Did(batch.Count);
        }
    }
}
