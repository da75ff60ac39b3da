namespace Parley.Server.Delivery;

/// <summary>
/// A run of encoded frames of consecutive seqs in one block of memory, with the place where each ends.
/// One writer appends; any number of readers read what was published. Bytes never change after publication,
/// and a segment is never used again: the garbage collector frees it when the last cursor has left it.
/// </summary>
internal sealed class Segment(long firstSeq, int capacity)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    private int[] _ends = new int[Math.Clamp(capacity / 128, 4, 512)];
    private int _count;
    private Segment? _next;

    /// <summary>Seq of the first frame.</summary>
    public long FirstSeq { get; } = firstSeq;

    /// <summary>Size of the block, in bytes.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Frames published.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Seq of the newest frame published; <c>FirstSeq - 1</c> if none.</summary>
    public long LastSeq => FirstSeq + Count - 1;

    /// <summary>The segment that follows; null in the newest of a log and in a page read from the store.</summary>
    public Segment? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>Room left, in bytes. Writer only.</summary>
    public int Free => _bytes.Length - (_count == 0 ? 0 : _ends[_count - 1]);

    /// <summary>Publishes the next frame: header and payload copied together. Writer only; <see cref="Free"/> was checked.</summary>
    public void Append(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var count = _count;
        var start = count == 0 ? 0 : _ends[count - 1];
        header.CopyTo(_bytes.AsSpan(start));
        payload.CopyTo(_bytes.AsSpan(start + header.Length));
        if (count == _ends.Length)
        {
            var larger = new int[count * 2];
            _ends.CopyTo(larger, 0);
            _ends = larger;
        }

        _ends[count] = start + header.Length + payload.Length;
        Volatile.Write(ref _count, count + 1);
    }

    /// <summary>The bytes of the frames from one seq to another, both published.</summary>
    public ReadOnlyMemory<byte> Frames(long fromSeq, long toSeq)
    {
        var start = StartOf(fromSeq);
        return _bytes.AsMemory(start, _ends[(int)(toSeq - FirstSeq)] - start);
    }

    /// <summary>
    /// The frame in progress after a sink took <paramref name="taken"/> of the bytes from <paramref name="fromSeq"/> on.
    /// </summary>
    /// <param name="fromSeq">Seq at which the sending began.</param>
    /// <param name="taken">Bytes taken; less than all.</param>
    /// <param name="seq">The first seq not wholly taken.</param>
    /// <returns>What is left of its frame, at least one byte.</returns>
    public ReadOnlyMemory<byte> Rest(long fromSeq, int taken, out long seq)
    {
        var position = StartOf(fromSeq) + taken;
        var index = Array.BinarySearch(_ends, 0, Count, position);
        // A frame that ends exactly at the position was taken, and so were empty ones that end there too.
        index = index < 0 ? ~index : index + 1;
        while (_ends[index] == position)
        {
            index++;
        }

        seq = FirstSeq + index;
        return _bytes.AsMemory(position, _ends[index] - position);
    }

    private int StartOf(long seq) => seq == FirstSeq ? 0 : _ends[(int)(seq - FirstSeq - 1)];
}
