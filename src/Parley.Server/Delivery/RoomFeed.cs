using System.Buffers;
using Parley.Server.Storage;
using Parley.Server.WebSockets;

namespace Parley.Server.Delivery;

/// <summary>One room in one dialect, while somebody follows it: its frame log and its subscribers, a group for each loop.</summary>
internal sealed class RoomFeed
{
    private readonly string _room;
    private readonly IEventEncoder _encoder;
    private readonly DeliveryLoops _loops;
    private readonly SubscriberGroup[] _groups;

    public RoomFeed(long roomId, string room, long head, IEventEncoder encoder, DeliveryLoops loops)
    {
        RoomId = roomId;
        _room = room;
        _encoder = encoder;
        _loops = loops;
        Log = new FrameLog(head, loops.Options);
        _groups = new SubscriberGroup[loops.Count];
        for (var i = 0; i < _groups.Length; i++)
        {
            _groups[i] = new SubscriberGroup(loops.Options.SignalBytes);
        }
    }

    /// <summary>Internal number of the room.</summary>
    public long RoomId { get; }

    /// <summary>The newest frames.</summary>
    public FrameLog Log { get; }

    /// <summary>Subscriptions that have not ended; kept by the room under its lock.</summary>
    public int Subscribers { get; set; }

    /// <summary>The group of a loop.</summary>
    public SubscriberGroup GroupOf(int loop) => _groups[loop];

    /// <summary>Encodes an event and makes it visible to cursors; <see cref="Wake"/> follows. By the event writer only.</summary>
    /// <param name="scratch">Emptied before and after.</param>
    public void Publish(in StoredEvent stored, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        _encoder.Encode(_room, stored, scratch);
        Log.Append(stored.Seq, scratch.WrittenSpan);
        scratch.ResetWrittenCount();
    }

    /// <summary>Has the loops deliver what was published.</summary>
    public void Wake()
    {
        for (var i = 0; i < _groups.Length; i++)
        {
            _loops[i].Schedule(_groups[i]);
        }
    }

    /// <summary>Sends a signal to every subscriber that is not behind.</summary>
    public void Signal(ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = stackalloc byte[FrameWriter.MaxHeader + payload.Length];
        var header = FrameWriter.WriteHeader(frame, Opcode.Text, payload.Length);
        payload.CopyTo(frame[header..]);
        var dropped = false;
        foreach (var group in _groups)
        {
            dropped |= !group.TryAddSignal(frame[..(header + payload.Length)]);
        }

        _loops.CountSignal(dropped);
        Wake();
    }

    /// <summary>Encodes events from the store into a page that a cursor can walk like a segment of the log.</summary>
    /// <param name="events">Consecutive seqs, at least one.</param>
    public Segment Encode(IReadOnlyList<StoredEvent> events)
    {
        var payloads = new ArrayBufferWriter<byte>(4096);
        var ends = new int[events.Count];
        var size = 0;
        for (var i = 0; i < events.Count; i++)
        {
            _encoder.Encode(_room, events[i], payloads);
            var length = payloads.WrittenCount - (i == 0 ? 0 : ends[i - 1]);
            size += length == 0 ? 0 : FrameWriter.HeaderLength(length) + length;
            ends[i] = payloads.WrittenCount;
        }

        var page = new Segment(events[0].Seq, size);
        Span<byte> header = stackalloc byte[FrameWriter.MaxHeader];
        var start = 0;
        foreach (var end in ends)
        {
            var payload = payloads.WrittenSpan[start..end];
            page.Append(payload.IsEmpty ? [] : header[..FrameWriter.WriteHeader(header, Opcode.Text, payload.Length)], payload);
            start = end;
        }

        return page;
    }

    /// <summary>Asks for the page that follows the cursor. Loop only.</summary>
    public void RequestPage(Subscription subscription)
    {
        subscription.BeginPaging();
        _loops.CatchUp.Request(subscription);
    }
}
