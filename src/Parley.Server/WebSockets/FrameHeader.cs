namespace Parley.Server.WebSockets;

/// <summary>
/// The header of a client's frame, taken byte by byte, and every rule about it that needs no knowledge of the
/// frames before (RFC 6455 §5.2, §5.5).
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-------+-+-------------+-------------------------------+
/// |F|R|R|R|       |M|             |                               |
/// |I|S|S|S| opcode|A|   length    |  length, 16 or 64 bits more,  |
/// |N|V|V|V|  (4)  |S|    (7)      |      if it is 126 or 127      |
/// | |1|2|3|       |K|             |                               |
/// +-+-+-+-+-------+-+-------------+-------------------------------+
/// |           masking key, 32 bits; a client always masks         |
/// +---------------------------------------------------------------+
/// |                  payload, masked, `length` bytes              |
/// +---------------------------------------------------------------+
/// </code>
/// </remarks>
internal struct FrameHeader
{
    private byte _missing;
    private bool _wide;

    /// <summary>What the next byte belongs to; <see cref="HeaderPart.Payload"/> once the header is whole.</summary>
    public HeaderPart Next { get; private set; }

    /// <summary>True for the last frame of a message.</summary>
    public bool Fin { get; private set; }

    /// <summary>True for the first frame of a compressed message (RFC 7692 §6).</summary>
    public bool Rsv1 { get; private set; }

    /// <summary>What the frame carries.</summary>
    public Opcode Opcode { get; private set; }

    /// <summary>Bytes of payload, as declared.</summary>
    public ulong Length { get; private set; }

    /// <summary>The masking key, its first byte lowest.</summary>
    public uint Mask { get; private set; }

    /// <summary>True for close, ping and pong.</summary>
    public readonly bool IsControl => Opcode >= Opcode.Close;

    /// <summary>Takes the next byte.</summary>
    /// <returns>The rule that this byte breaks, or <see langword="null"/>.</returns>
    public string? Take(byte value) => Next switch
    {
        HeaderPart.Opcode => TakeOpcode(value),
        HeaderPart.Length => TakeLength(value),
        HeaderPart.LongLength => TakeLongLength(value),
        _ => TakeMask(value),
    };

    private string? TakeOpcode(byte value)
    {
        Fin = (value & 0x80) != 0;
        Rsv1 = (value & 0x40) != 0;
        Opcode = (Opcode)(value & 0x0F);
        Next = HeaderPart.Length;
        return (value & 0x30) != 0 ? "reserved bit set"
            : (value & 0x07) > 2 ? "reserved opcode"
            : IsControl && !Fin ? "fragmented control frame"
            : null;
    }

    private string? TakeLength(byte value)
    {
        if ((value & 0x80) == 0)
        {
            return "frame is not masked";
        }

        value &= 0x7F;
        if (value > 125 && IsControl)
        {
            return "control frame over 125 bytes";
        }

        _wide = value == 127;
        (Length, _missing, Next) = value switch
        {
            126 => (0UL, (byte)2, HeaderPart.LongLength),
            127 => (0UL, (byte)8, HeaderPart.LongLength),
            _ => (value, (byte)4, HeaderPart.Mask),
        };
        return null;
    }

    private string? TakeLongLength(byte value)
    {
        if (_missing == 8 && value >= 0x80)
        {
            return "length with its top bit set";
        }

        Length = (Length << 8) | value;
        if (--_missing > 0)
        {
            return null;
        }

        (_missing, Next) = (4, HeaderPart.Mask);
        return Length <= (_wide ? ushort.MaxValue : 125UL) ? "length not in its shortest form" : null;
    }

    private string? TakeMask(byte value)
    {
        Mask |= (uint)value << (8 * (4 - _missing));
        if (--_missing == 0)
        {
            Next = HeaderPart.Payload;
        }

        return null;
    }
}
