using System.Buffers;
using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>A write waiting in the event writer: what to do once it is durable.</summary>
internal interface IPendingWrite
{
    /// <summary>Makes what was stored visible. After the commit, in the order of the commit.</summary>
    void Publish(PublishScratch scratch);

    /// <summary>Tells whoever asked. After everything of the commit was published; <paramref name="failure"/> if nothing was stored.</summary>
    void Complete(StoreException? failure);

    /// <summary>Called last: the writer and its batch do not know it any more.</summary>
    void Release();
}

/// <summary>What the event writer reuses from commit to commit.</summary>
internal sealed class PublishScratch
{
    /// <summary>For the payload being encoded.</summary>
    public ArrayBufferWriter<byte> Payload { get; } = new(4_096);

    /// <summary>Events stored since the start.</summary>
    public long Events { get; set; }

    /// <summary>Rooms that were published to and whose subscribers must be woken.</summary>
    public HashSet<Room> Touched { get; } = [];
}
