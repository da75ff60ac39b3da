using System.Text.Json;
using Parley.Protocol;

namespace Parley.Server.Sessions;

/// <summary>
/// A <c>send</c>, the only request on the hot path, read without a serializer: its texts are unescaped into memory that the
/// caller has. Refuses what <see cref="WireJson.Strict"/> refuses.
/// </summary>
internal struct SendRequest
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = WireJson.MaxDepth };

    [Flags]
    private enum Field
    {
        None = 0,
        Type = 1,
        Id = 2,
        Room = 4,
        Cid = 8,
        Text = 16,
        Needed = Type | Room | Text,
    }

    /// <summary>Room id, UTF-8; whatever the client said.</summary>
    public ReadOnlyMemory<byte> Room { get; private set; }

    /// <summary>Idempotency key, UTF-8; whatever the client said. Null: none.</summary>
    public ReadOnlyMemory<byte>? Cid { get; private set; }

    /// <summary>UTF-8, perhaps empty.</summary>
    public ReadOnlyMemory<byte> Text { get; private set; }

    /// <summary>Where the request is wrong, as a path.</summary>
    public string Fault { get; private set; }

    /// <summary>Reads a request. Hot path: allocates nothing.</summary>
    /// <param name="json">One JSON object, which <see cref="RequestHead"/> has found to be a <c>send</c>.</param>
    /// <param name="memory">For the texts; as long as the request at least.</param>
    /// <param name="request">What it says.</param>
    /// <returns>False if a field is missing, twice there, or of the wrong type.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, Memory<byte> memory, out SendRequest request)
    {
        request = new SendRequest { Fault = "$" };
        var reader = new Utf8JsonReader(json, Options);
        var seen = Field.None;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref reader);
            reader.Read();
            if ((seen & field) != Field.None || !request.TryTake(field, ref reader, ref memory))
            {
                request.Fault = PathOf(field);
                return false;
            }

            seen |= field;
            reader.Skip();
        }

        return (seen & Field.Needed) == Field.Needed;
    }

    private static Field FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("text"u8) ? Field.Text
        : reader.ValueTextEquals("cid"u8) ? Field.Cid
        : reader.ValueTextEquals("room"u8) ? Field.Room
        : reader.ValueTextEquals("id"u8) ? Field.Id
        : reader.ValueTextEquals("t"u8) ? Field.Type
        : Field.None;

    private static string PathOf(Field field) => field switch
    {
        Field.Text => "$.text",
        Field.Cid => "$.cid",
        Field.Room => "$.room",
        Field.Id => "$.id",
        _ => "$.t",
    };

    private bool TryTake(Field field, ref Utf8JsonReader reader, ref Memory<byte> memory)
    {
        switch (field)
        {
            case Field.Text when TryUnescape(ref reader, ref memory, out var text):
                Text = text;
                return true;
            case Field.Room when TryUnescape(ref reader, ref memory, out var room):
                Room = room;
                return true;
            case Field.Cid when reader.TokenType == JsonTokenType.Null:
                return true;
            case Field.Cid when TryUnescape(ref reader, ref memory, out var cid):
                Cid = cid;
                return true;
            case Field.Id: // RequestHead has read it.
                return reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _));
            default:
                return field is Field.None or Field.Type;
        }
    }

    private static bool TryUnescape(ref Utf8JsonReader reader, ref Memory<byte> memory, out ReadOnlyMemory<byte> text)
    {
        text = default;
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        try
        {
            var length = reader.CopyString(memory.Span);
            text = memory[..length];
            memory = memory[length..];
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // Half of a surrogate pair.
        }
    }
}
