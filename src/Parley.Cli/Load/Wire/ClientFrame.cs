using System.Buffers.Binary;

namespace Parley.Cli.Load.Wire;

/// <summary>Makes the masked frames that a client sends.</summary>
internal static class ClientFrame
{
    /// <summary>Opcodes of RFC 6455, section 5.2.</summary>
    public const int Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10;

    private const uint PlainMask = 0x5A31C479;

    /// <summary>A frame with this payload under the mask.</summary>
    public static byte[] Make(int opcode, ReadOnlySpan<byte> payload, uint mask = PlainMask)
    {
        var header = payload.Length switch
        {
            <= 125 => 2,
            <= ushort.MaxValue => 4,
            _ => 10,
        };
        var frame = new byte[header + 4 + payload.Length];
        frame[0] = (byte)(0x80 | opcode);
        frame[1] = (byte)(0x80 | (header == 2 ? payload.Length : header == 4 ? 126 : 127));
        if (header == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        else if (header == 10)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
        }

        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(header), mask);
        payload.CopyTo(frame.AsSpan(header + 4));
        for (var i = 0; i < payload.Length; i++)
        {
            frame[header + 4 + i] ^= MaskAt(mask, i);
        }

        return frame;
    }

    /// <summary>The byte of the mask that lies over a place of the payload.</summary>
    public static byte MaskAt(uint mask, int at) => (byte)(mask >> (24 - ((at & 3) * 8)));
}
