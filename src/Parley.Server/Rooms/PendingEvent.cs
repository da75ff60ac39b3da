using System.Diagnostics.CodeAnalysis;
using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>An event on its way to a room's log, with the memory that a message's text and cid lie in.</summary>
internal sealed class PendingEvent : AppendEvent, IPendingWrite
{
    private const int SmallestBuffer = 256;

    private readonly SpareEvents? _spares;
    private byte[] _buffer = [];
    private Room? _room;
    private UserRow? _by;

    /// <summary>A message without text, of nobody and for no room.</summary>
    /// <param name="spares">Where it goes when all is done, to be used again; null: its maker keeps it.</param>
    [SetsRequiredMembers]
    public PendingEvent(SpareEvents? spares = null)
    {
        _spares = spares;
        Kind = EventKind.Message;
    }

    /// <summary>The room. Not before <see cref="Address"/>.</summary>
    public Room Room => _room ?? throw new InvalidOperationException("The event has no room yet.");

    /// <summary>The user. Not before <see cref="Address"/>.</summary>
    public UserRow By => _by ?? throw new InvalidOperationException("The event is nobody's yet.");

    /// <summary>A subscription that passes over the event in silence, because its client typed it; null: none.</summary>
    public Subscription? SilentFor { get; set; }

    /// <summary>The client's number of its request, for whoever is told; null: it has none.</summary>
    public long? RequestId { get; set; }

    /// <summary>
    /// Told once, by the event writer's thread: after the event is durable and published, or when it failed. Must be quick, and
    /// must not keep an event that is used again. Null: nobody.
    /// </summary>
    public Action<PendingEvent, StoreException?>? Done { get; set; }

    /// <summary>Bytes of memory that it has for its text and cid.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Its own memory, of this length at least, for its text and cid.</summary>
    public Memory<byte> Reserve(int length)
    {
        if (_buffer.Length < length)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, SmallestBuffer));
        }

        return _buffer;
    }

    /// <summary>Says whose it is, where it goes and when; before it is queued.</summary>
    /// <param name="ts">Unix milliseconds.</param>
    public void Address(Room room, UserRow by, long ts)
    {
        (_room, _by, Ts) = (room, by, ts);
        (RoomId, UserId) = (room.Id, by.Id);
    }

    public void Publish(PublishScratch scratch)
    {
        if (Outcome == AppendOutcome.Stored)
        {
            var stored = new StoredEvent(Seq, Ts, By.Name, Kind, Cid, Text);
            Room.Publish(stored, By, SilentFor, scratch);
        }
    }

    public void Complete(StoreException? failure) => Done?.Invoke(this, failure);

    public void Release()
    {
        if (_spares is null)
        {
            return;
        }

        // All but the memory: a spare one must hold nobody's session.
        (_room, _by, SilentFor, Done, RequestId) = (null, null, null, null, null);
        (Kind, Cid, Text, MembersOnly) = (EventKind.Message, default, default, false);
        (Outcome, Seq) = (AppendOutcome.None, 0);
        _spares.Add(this);
    }
}
