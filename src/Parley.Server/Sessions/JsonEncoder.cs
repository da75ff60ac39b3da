using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>Shows events as <c>ev</c> objects; the same bytes as the wire record <see cref="Protocol.Messages.Event"/> gives.</summary>
internal sealed class JsonEncoder : IEventEncoder
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private JsonEncoder()
    {
    }

    public static JsonEncoder Instance { get; } = new();

    public int Index => 0;

    public void Encode(string room, in StoredEvent stored, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "ev"u8);
        writer.WriteString("room"u8, room);
        writer.WriteNumber("seq"u8, stored.Seq);
        writer.WriteNumber("ts"u8, stored.Ts);
        writer.WriteString("by"u8, stored.By);
        writer.WriteString("k"u8, stored.Kind);
        if (stored.Cid is not null)
        {
            writer.WriteString("cid"u8, stored.Cid);
        }

        if (!stored.Text.IsEmpty)
        {
            writer.WriteString("text"u8, stored.Text.Span);
        }

        writer.WriteEndObject();
    }
}
