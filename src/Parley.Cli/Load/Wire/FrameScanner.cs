using System.Buffers.Binary;

namespace Parley.Cli.Load.Wire;

/// <summary>
/// Finds the frames that a server sent in the bytes that came, without copying. Only what load needs of RFC 6455: whole,
/// unmasked frames.
/// </summary>
internal ref struct FrameScanner(ReadOnlySpan<byte> bytes)
{
    /// <summary>Largest payload taken, in bytes.</summary>
    public const int MaxPayload = 1 << 19;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes of the frames found so far. What follows is an unfinished one, to be shown again with more.</summary>
    public int Consumed { get; private set; }

    /// <summary>Opcode of the frame.</summary>
    public int Opcode { get; private set; }

    /// <summary>Payload of the frame.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Finds the next frame. Hot path.</summary>
    public ScanResult Next()
    {
        var rest = _bytes[Consumed..];
        if (rest.Length < 2)
        {
            return ScanResult.Incomplete;
        }

        var header = 2;
        ulong length = rest[1];
        if (length > 125)
        {
            if (length > 127)
            {
                return ScanResult.Unusable; // Masked.
            }

            header = length == 126 ? 4 : 10;
            if (rest.Length < header)
            {
                return ScanResult.Incomplete;
            }

            length = header == 4
                ? BinaryPrimitives.ReadUInt16BigEndian(rest[2..])
                : BinaryPrimitives.ReadUInt64BigEndian(rest[2..]);
        }

        // A whole message in one frame, without extensions. A fragment could end within a stamp, which would look like a loss.
        if ((rest[0] & 0xF0) != 0x80 || (rest[0] & 0x0F) == 0 || length > MaxPayload)
        {
            return ScanResult.Unusable;
        }

        if ((ulong)(rest.Length - header) < length)
        {
            return ScanResult.Incomplete;
        }

        Opcode = rest[0] & 0x0F;
        Payload = rest.Slice(header, (int)length);
        Consumed += header + (int)length;
        return ScanResult.Frame;
    }
}

/// <summary>What <see cref="FrameScanner.Next"/> found.</summary>
internal enum ScanResult
{
    /// <summary>A frame.</summary>
    Frame,

    /// <summary>No whole frame.</summary>
    Incomplete,

    /// <summary>A masked, fragmented, compressed or oversized frame.</summary>
    Unusable,
}
