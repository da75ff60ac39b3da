using System.Buffers;

namespace Parley.Server.WebSockets;

/// <summary>
/// Bytes gathered in an array from the shared pool. It grows with what arrives, at most to twice of it, so a
/// peer that only announces costs nothing. The default value is empty and holds no array.
/// </summary>
internal struct RentedBuffer
{
    private const int Smallest = 256;

    private byte[]? _array;

    /// <summary>Bytes gathered.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes gathered. Valid until the next append or <see cref="Release"/>.</summary>
    public readonly Memory<byte> Written => _array.AsMemory(0, Count);

    /// <summary>Copies <paramref name="bytes"/> to the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Count += bytes.Length;
    }

    /// <summary>Free room of at least <paramref name="length"/> bytes behind the bytes gathered; then <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_array is null || _array.Length - Count < length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Count + length, Math.Max(2 * Count, Smallest)));
            Written.Span.CopyTo(larger);
            int count = Count;
            Release();
            (_array, Count) = (larger, count);
        }

        return _array.AsSpan(Count);
    }

    /// <summary>Counts <paramref name="length"/> bytes that were written to the reserved room.</summary>
    public void Advance(int length) => Count += length;

    /// <summary>Gives the array back to the pool and forgets the bytes.</summary>
    public void Release()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array);
            _array = null;
        }

        Count = 0;
    }
}
