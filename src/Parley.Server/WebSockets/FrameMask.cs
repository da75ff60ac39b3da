using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Parley.Server.WebSockets;

/// <summary>Removes (or applies) the mask of a client's frame in place (RFC 6455 §5.3). Vectorised; never allocates.</summary>
internal static class FrameMask
{
    /// <summary>Combines <paramref name="payload"/> with the key.</summary>
    /// <param name="payload">A part of the frame's payload.</param>
    /// <param name="key">The four key bytes, the first one lowest.</param>
    /// <param name="position">Place of the part in the payload, in bytes; only its last two bits matter.</param>
    public static void Apply(Span<byte> payload, uint key, int position)
    {
        key = BitOperations.RotateRight(key, 8 * (position & 3));

        // In memory the first key byte comes first, whatever the machine's order.
        uint native = BitConverter.IsLittleEndian ? key : BinaryPrimitives.ReverseEndianness(key);

        Span<Vector<byte>> blocks = MemoryMarshal.Cast<byte, Vector<byte>>(payload);
        Vector<byte> wide = Vector.AsVectorByte(new Vector<uint>(native));
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] ^= wide;
        }

        // A vector holds whole keys, so the rest begins with the key's first byte again.
        Span<byte> rest = payload[(blocks.Length * Vector<byte>.Count)..];
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(rest);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] ^= native;
        }

        for (int i = words.Length * sizeof(uint); i < rest.Length; i++)
        {
            rest[i] ^= (byte)(key >> (8 * (i & 3)));
        }
    }
}
