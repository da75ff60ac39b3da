using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>An event on its way to a room's log.</summary>
internal sealed class PendingEvent : AppendEvent, IPendingWrite
{
    /// <summary>The room.</summary>
    public required Room Room { get; init; }

    /// <summary>The user.</summary>
    public required UserRow By { get; init; }

    /// <summary>A subscription that passes over the event in silence, because its client typed it; null: none.</summary>
    public Subscription? SilentFor { get; init; }

    /// <summary>Told once, by the event writer's thread: after the event is durable and published, or when it failed. Must be quick.</summary>
    public required Action<PendingEvent, StoreException?> Done { get; init; }

    public void Publish(PublishScratch scratch)
    {
        if (Outcome == AppendOutcome.Stored)
        {
            var stored = new StoredEvent(Seq, Ts, By.Name, Kind, Cid, Text);
            Room.Publish(stored, By, SilentFor, scratch);
        }
    }

    public void Complete(StoreException? failure) => Done(this, failure);
}
