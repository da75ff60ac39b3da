using System.Text.Json;
using Parley.Protocol;
using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>Reads what the server sends: one JSON object per line.</summary>
internal static class MessageParser
{
    /// <summary>Reads one object.</summary>
    /// <returns>
    /// Null for what this version does not understand: an unknown <c>t</c>, or an object that is not as it should be.
    /// An event lost that way shows as a hole, which the replay mends or reports; an answer, by its time-out.
    /// </returns>
    public static ServerMessage? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return IsKnown(line) ? JsonSerializer.Deserialize(line, WireJson.Strict.ServerMessage) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // The second is a string with half of a surrogate pair.
        }
    }

    // The polymorphic reader throws on a discriminator it does not know, so we look first.
    private static bool IsKnown(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = WireJson.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("t"u8);
            reader.Read();
            if (isType)
            {
                return reader.TokenType == JsonTokenType.String
                    && (reader.ValueTextEquals("ev"u8) || reader.ValueTextEquals("ok"u8)
                        || reader.ValueTextEquals("err"u8) || reader.ValueTextEquals("synced"u8)
                        || reader.ValueTextEquals("sig"u8) || reader.ValueTextEquals("welcome"u8)
                        || reader.ValueTextEquals("pong"u8) || reader.ValueTextEquals("bye"u8));
            }

            reader.Skip();
        }

        return false;
    }
}
