namespace Parley.Faults.Simulation;

/// <summary>Bytes on their way, first in, first out.</summary>
internal sealed class ByteQueue
{
    private byte[] _bytes = new byte[256];
    private int _start;

    public int Count { get; private set; }

    /// <summary>The bytes, valid until the next call.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, Count);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_start + Count + bytes.Length > _bytes.Length)
        {
            var larger = Count + bytes.Length > _bytes.Length ? new byte[Math.Max(_bytes.Length * 2, Count + bytes.Length)] : _bytes;
            Bytes.CopyTo(larger);
            (_bytes, _start) = (larger, 0);
        }

        bytes.CopyTo(_bytes.AsSpan(_start + Count));
        Count += bytes.Length;
    }

    public void Remove(int count)
    {
        _start += count;
        Count -= count;
        if (Count == 0)
        {
            _start = 0;
        }
    }

    /// <summary>Takes bytes out.</summary>
    public byte[] Take(int count)
    {
        var taken = Bytes[..count].ToArray();
        Remove(count);
        return taken;
    }
}
