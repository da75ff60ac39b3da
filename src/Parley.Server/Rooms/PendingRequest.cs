using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>A guest being looked up or created; publishes its entering of the room that it was given.</summary>
internal sealed class PendingGuest : EnsureGuest, IPendingWrite
{
    private readonly TaskCompletionSource<UserRow> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The room of <see cref="EnsureGuest.HomeId"/>; null: none.</summary>
    public Room? Home { get; init; }

    public Task<UserRow> Result => _done.Task;

    public void Publish(PublishScratch scratch)
    {
        if (JoinSeq > 0)
        {
            var user = User!; // Not null, as below; nor is the room: there is a join.
            Home!.Publish(new StoredEvent(JoinSeq, Ts, user.Name, EventKind.Join, null, default), user, null, scratch);
        }
    }

    public void Complete(StoreException? failure)
    {
        if (failure is not null)
        {
            _done.TrySetException(failure);
        }
        else
        {
            _done.TrySetResult(User!); // Not null: the store sets it in every batch that succeeds.
        }
    }

    public void Release()
    {
    }
}

/// <summary>A room being created; publishes it to the directory.</summary>
internal sealed class PendingRoom : CreateRoom, IPendingWrite
{
    private readonly TaskCompletionSource<Room?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Room? _room;

    /// <summary>Where the room will be found.</summary>
    public required RoomDirectory Directory { get; init; }

    /// <summary>The creator.</summary>
    public required UserRow By { get; init; }

    /// <summary>The room, or null if the name is taken.</summary>
    public Task<Room?> Result => _done.Task;

    public void Publish(PublishScratch scratch)
    {
        if (Created is not null)
        {
            scratch.Events += Created.Head; // The room's own event and its creator's entering.
            _room = Directory.Add(Created, By);
        }
    }

    public void Complete(StoreException? failure)
    {
        if (failure is not null)
        {
            _done.TrySetException(failure);
        }
        else
        {
            _done.TrySetResult(_room);
        }
    }

    public void Release()
    {
    }
}
