using System.Buffers.Binary;
using System.Text.Unicode;
using Parley.Protocol;

namespace Parley.Server.WebSockets;

/// <summary>
/// Writes the frames of a server (RFC 6455 §5.2): always final, never masked, the length in its shortest form.
/// Never allocates.
/// </summary>
internal static class FrameWriter
{
    /// <summary>Longest payload of a control frame, in bytes (§5.5).</summary>
    public const int MaxControlPayload = 125;

    /// <summary>Room enough for any control frame, in bytes.</summary>
    public const int MaxControlFrame = 2 + MaxControlPayload;

    /// <summary>Longest header of a server's frame, in bytes.</summary>
    public const int MaxHeader = 10;

    /// <summary>Bytes that the header takes before a payload of this length: 2, 4 or 10.</summary>
    public static int HeaderLength(int payloadLength) => payloadLength switch
    {
        <= 125 => 2,
        <= ushort.MaxValue => 4,
        _ => 10,
    };

    /// <summary>Writes the header of one whole frame.</summary>
    /// <returns>The bytes written, as <see cref="HeaderLength"/> says.</returns>
    public static int WriteHeader(Span<byte> destination, Opcode opcode, int payloadLength)
    {
        destination[0] = (byte)(0x80 | (byte)opcode);
        switch (payloadLength)
        {
            case <= 125:
                destination[1] = (byte)payloadLength;
                return 2;
            case <= ushort.MaxValue:
                destination[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                return 4;
            default:
                destination[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payloadLength);
                return 10;
        }
    }

    /// <summary>Writes a close frame (§5.5.1).</summary>
    /// <param name="destination">At least <see cref="MaxControlFrame"/> bytes.</param>
    /// <param name="code">The close code; <see cref="CloseCode.NoStatus"/> writes a frame without a code or reason.</param>
    /// <param name="reason">Cut to 123 bytes, never inside a character. Lone surrogates become U+FFFD.</param>
    /// <returns>The bytes of the whole frame.</returns>
    public static int WriteClose(Span<byte> destination, int code, string reason)
    {
        if (code == CloseCode.NoStatus)
        {
            return WriteHeader(destination, Opcode.Close, 0);
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)code);
        // Stops before the first character that does not fit, which is the cut we want.
        Utf8.FromUtf16(reason, destination[4..MaxControlFrame], out _, out int written);
        return WriteHeader(destination, Opcode.Close, 2 + written) + 2 + written;
    }

    /// <summary>Writes a ping (§5.5.2) with a payload of at most <see cref="MaxControlPayload"/> bytes.</summary>
    /// <returns>The bytes of the whole frame.</returns>
    public static int WritePing(Span<byte> destination, ReadOnlySpan<byte> payload) =>
        WriteControl(destination, Opcode.Ping, payload);

    /// <summary>Writes a pong (§5.5.3), which carries the payload of the ping it answers.</summary>
    /// <returns>The bytes of the whole frame.</returns>
    public static int WritePong(Span<byte> destination, ReadOnlySpan<byte> payload) =>
        WriteControl(destination, Opcode.Pong, payload);

    private static int WriteControl(Span<byte> destination, Opcode opcode, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxControlPayload, nameof(payload));
        payload.CopyTo(destination[2..]);
        return WriteHeader(destination, opcode, payload.Length) + payload.Length;
    }
}
