using System.Buffers.Binary;
using System.Text;

namespace Parley.Benchmarks.Stage;

/// <summary>
/// Frames as a client sends them. Their mask is zero: it is applied like any other, in place, and the bytes stay good for
/// the next time.
/// </summary>
internal static class ClientBytes
{
    private const byte Final = 0x80, Text = 0x1, Masked = 0x80;

    /// <summary>Plain text of a length.</summary>
    public static byte[] Letters(int length)
    {
        var text = new byte[length];
        Array.Fill(text, (byte)'x');
        return text;
    }

    /// <summary>One message in one frame.</summary>
    public static byte[] Message(ReadOnlySpan<byte> text) => Frame(Final | Text, text);

    /// <summary>One message in one frame.</summary>
    public static byte[] Message(string text) => Message(Encoding.UTF8.GetBytes(text));

    /// <summary>One message in as many frames.</summary>
    public static byte[] Fragmented(ReadOnlySpan<byte> text, int frames)
    {
        var part = text.Length / frames;
        List<byte> bytes = [];
        for (var i = 0; i < frames; i++)
        {
            var last = i == frames - 1;
            bytes.AddRange(Frame((last ? Final : 0) | (i == 0 ? Text : 0), last ? text[(i * part)..] : text.Slice(i * part, part)));
        }

        return [.. bytes];
    }

    /// <summary>The same bytes again and again.</summary>
    public static byte[] Repeat(byte[] bytes, int times) => [.. Enumerable.Repeat(bytes, times).SelectMany(one => one)];

    private static byte[] Frame(int first, ReadOnlySpan<byte> payload)
    {
        var header = payload.Length <= 125 ? 2 : payload.Length <= ushort.MaxValue ? 4 : 10;
        var frame = new byte[header + sizeof(uint) + payload.Length];
        frame[0] = (byte)first;
        frame[1] = (byte)(Masked | (header == 2 ? payload.Length : header == 4 ? 126 : 127));
        if (header == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        else if (header == 10)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
        }

        payload.CopyTo(frame.AsSpan(header + sizeof(uint)));
        return frame;
    }
}
