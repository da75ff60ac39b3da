namespace Parley.Server.WebSockets;

/// <summary>The parts of a frame, in the order in which they arrive (RFC 6455 §5.2).</summary>
internal enum HeaderPart : byte
{
    /// <summary>First byte: FIN, RSV1 to RSV3, opcode.</summary>
    Opcode,

    /// <summary>Second byte: MASK and seven bits of length.</summary>
    Length,

    /// <summary>Two or eight bytes more of length.</summary>
    LongLength,

    /// <summary>Four bytes of masking key.</summary>
    Mask,

    /// <summary>The header is whole; what follows is payload.</summary>
    Payload,
}
