using System.Buffers;
using Parley.Server.Storage;

namespace Parley.Server.Delivery;

/// <summary>How a dialect shows an event. Stateless: the same event always gives the same bytes.</summary>
internal interface IEventEncoder
{
    /// <summary>Place of this dialect among a room's feeds, from 0.</summary>
    int Index { get; }

    /// <summary>Writes the payload of the event's frame; nothing if the dialect does not show such events.</summary>
    void Encode(string room, in StoredEvent stored, IBufferWriter<byte> output);
}
