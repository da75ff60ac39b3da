using Parley.Server.WebSockets;

namespace Parley.Server.Delivery;

/// <summary>
/// The newest frames of one room in one dialect, encoded once for all subscribers: linked segments, appended by one
/// writer, read by cursors without a lock. The oldest segment is let go when the window is full; what is older is
/// read from the store.
/// </summary>
internal sealed class FrameLog(long head, DeliveryOptions options)
{
    private const int SmallestSegment = 4 * 1024;

    private Segment? _first;
    private Segment? _last;
    private long _tail = head;
    private long _bytes;

    /// <summary>Seq of the newest frame; the head the log began at when none was appended.</summary>
    public long Tail => Volatile.Read(ref _tail);

    /// <summary>Appends the frame of the next seq. One writer at a time.</summary>
    /// <param name="seq"><see cref="Tail"/> + 1.</param>
    /// <param name="payload">The text of the frame; empty: this dialect shows nothing for the event.</param>
    public void Append(long seq, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[FrameWriter.MaxHeader];
        header = payload.IsEmpty ? [] : header[..FrameWriter.WriteHeader(header, Opcode.Text, payload.Length)];
        var size = header.Length + payload.Length;
        if (_last is null || _last.Free < size)
        {
            Extend(seq, size);
        }

        _last!.Append(header, payload); // Extend has just set it.
        Volatile.Write(ref _tail, seq);
    }

    /// <summary>The segment that holds a published seq, or null when it left the window.</summary>
    public Segment? Find(long seq)
    {
        var segment = Volatile.Read(ref _first);
        if (segment is null || seq < segment.FirstSeq)
        {
            return null;
        }

        while (seq > segment.LastSeq)
        {
            if (segment.Next is not { } next)
            {
                return null;
            }

            segment = next;
        }

        return segment;
    }

    private void Extend(long seq, int size)
    {
        // Segments begin small, so that a quiet room costs little, and double up to the full size.
        var capacity = _last is null ? SmallestSegment : Math.Min(_last.Capacity * 2, options.SegmentBytes);
        var segment = new Segment(seq, Math.Max(capacity, size));
        _bytes += segment.Capacity;
        if (_last is null)
        {
            Volatile.Write(ref _first, segment);
        }
        else
        {
            _last.Next = segment;
        }

        _last = segment;
        while (_bytes > options.WindowBytes && _first != _last)
        {
            _bytes -= _first!.Capacity; // Not null: it differs from the last only by links.
            Volatile.Write(ref _first, _first.Next);
        }
    }
}
