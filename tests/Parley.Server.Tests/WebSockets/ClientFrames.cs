using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Builds frames as a client sends them, rightly or wrongly.</summary>
internal static class ClientFrames
{
    public const uint Key = 0xA1B2C3D4;

    public static byte[] Text(string text, bool fin = true) => Frame(Opcode.Text, Encoding.UTF8.GetBytes(text), fin);

    public static byte[] Text(byte[] utf8, bool fin = true) => Frame(Opcode.Text, utf8, fin);

    public static byte[] More(string text, bool fin = true) => Frame(Opcode.Continuation, Encoding.UTF8.GetBytes(text), fin);

    public static byte[] Ping(string text) => Frame(Opcode.Ping, Encoding.UTF8.GetBytes(text));

    public static byte[] Close(int code, string reason = "") => Frame(Opcode.Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    public static byte[] Frame(Opcode opcode, byte[] payload, bool fin = true, int rsv = 0, uint key = Key)
    {
        byte first = (byte)((fin ? 0x80 : 0) | (rsv << 4) | (byte)opcode);
        byte[] length = payload.Length switch
        {
            <= 125 => [(byte)(0x80 | payload.Length)],
            <= ushort.MaxValue => [0x80 | 126, .. BigEndian((ushort)payload.Length)],
            _ => [0x80 | 127, .. BigEndian((ulong)payload.Length)],
        };
        byte[] mask = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(mask, key);
        return [first, .. length, .. mask, .. payload.Select((value, i) => (byte)(value ^ mask[i % 4]))];
    }

    /// <summary>Compresses as RFC 7692 §7.2.1 says: flush, then cut the last four bytes off.</summary>
    public static byte[] Deflate(byte[] data, CompressionLevel level = CompressionLevel.Optimal)
    {
        using MemoryStream stream = new();
        using DeflateStream deflate = new(stream, level);
        deflate.Write(data);
        deflate.Flush();
        byte[] all = stream.ToArray();
        return data.Length == 0 ? [0x00] : all[..^4];
    }

    public static byte[] Deflate(string text) => Deflate(Encoding.UTF8.GetBytes(text));

    public static byte[] BigEndian(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] BigEndian(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
