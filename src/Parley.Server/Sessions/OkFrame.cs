using System.Buffers.Text;

namespace Parley.Server.Sessions;

/// <summary>The <c>ok</c> of a send, the only answer on the hot path, written without a serializer.</summary>
internal static class OkFrame
{
    /// <summary>Most bytes that <see cref="Write"/> writes.</summary>
    public const int MaxLength = 128;

    /// <summary>Writes the payload; the same bytes as the wire record <see cref="Protocol.Messages.Ok"/> gives.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> output, long? id, long seq, long ts, bool dup)
    {
        var length = Put(output, 0, "{\"t\":\"ok\""u8);
        if (id is { } re)
        {
            length = Put(output, Put(output, length, ",\"re\":"u8), re);
        }

        length = Put(output, Put(output, length, ",\"seq\":"u8), seq);
        length = Put(output, Put(output, length, ",\"ts\":"u8), ts);
        return Put(output, length, dup ? ",\"dup\":true}"u8 : "}"u8);
    }

    private static int Put(Span<byte> output, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(output[at..]);
        return at + text.Length;
    }

    private static int Put(Span<byte> output, int at, long number)
    {
        Utf8Formatter.TryFormat(number, output[at..], out var written);
        return at + written;
    }
}
