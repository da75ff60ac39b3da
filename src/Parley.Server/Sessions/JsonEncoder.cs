using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>
/// Shows events as <c>ev</c> objects; the same bytes as the wire record <see cref="Protocol.Messages.Event"/> gives, written
/// without a serializer. Hot path: allocates nothing.
/// </summary>
internal sealed class JsonEncoder : IEventEncoder
{
    private const int NumberBytes = 20;

    // Longer than the longest escape of one character, two \uXXXX.
    private const int EscapeBytes = 16;

    private static readonly JavaScriptEncoder Escapes = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private JsonEncoder()
    {
    }

    public static JsonEncoder Instance { get; } = new();

    public int Index => 0;

    public void Encode(string room, in StoredEvent stored, IBufferWriter<byte> output)
    {
        output.Write("{\"t\":\"ev\",\"room\":\""u8);
        Write(output, room);
        output.Write("\",\"seq\":"u8);
        Write(output, stored.Seq);
        output.Write(",\"ts\":"u8);
        Write(output, stored.Ts);
        output.Write(",\"by\":\""u8);
        Write(output, stored.By);
        output.Write("\",\"k\":\""u8);
        Write(output, stored.Kind);
        if (!stored.Cid.IsEmpty)
        {
            output.Write("\",\"cid\":\""u8);
            Write(output, stored.Cid.Span);
        }

        if (!stored.Text.IsEmpty)
        {
            output.Write("\",\"text\":\""u8);
            Write(output, stored.Text.Span);
        }

        output.Write("\"}"u8);
    }

    private static void Write(IBufferWriter<byte> output, long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(NumberBytes), out var length);
        output.Advance(length);
    }

    private static void Write(IBufferWriter<byte> output, string text)
    {
        Span<byte> part = stackalloc byte[128];
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            Utf8.FromUtf16(rest, part, out var read, out var length);
            Write(output, part[..length]);
            rest = rest[read..];
        }
    }

    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        var plain = Escapes.FindFirstCharacterToEncodeUtf8(utf8);
        output.Write(plain < 0 ? utf8 : utf8[..plain]);
        for (var rest = plain < 0 ? default : utf8[plain..]; !rest.IsEmpty;)
        {
            Escapes.EncodeUtf8(rest, output.GetSpan(rest.Length + EscapeBytes), out var read, out var length);
            output.Advance(length);
            rest = rest[read..];
        }
    }
}
