using System.Text.Json;
using Parley.Protocol;

namespace Parley.Server.Sessions;

/// <summary>What must be known of a request before it is read as its type.</summary>
/// <param name="Id">Its correlation number, if it could be read.</param>
/// <param name="IsKnown">Whether this version knows its <c>t</c>.</param>
/// <param name="IsSend">Whether its <c>t</c> is <c>send</c>.</param>
internal readonly record struct RequestHead(long? Id, bool IsKnown, bool IsSend)
{
    private static readonly string[] Known =
        ["hello", "sub", "unsub", "create", "join", "part", "send", "hist", "who", "typing", "ping"];

    /// <summary>Reads <c>t</c> and <c>id</c>. False unless the text is one JSON object with a string <c>t</c>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out RequestHead head)
    {
        long? id = null;
        bool? known = null;
        var send = false;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = WireJson.MaxDepth });
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isType = reader.ValueTextEquals("t"u8);
                    var isId = reader.ValueTextEquals("id"u8);
                    reader.Read();
                    if (isType && reader.TokenType == JsonTokenType.String)
                    {
                        known = IsKnownType(ref reader);
                        send = reader.ValueTextEquals("send"u8);
                    }
                    else if (isId && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
                    {
                        id = number;
                    }

                    reader.Skip();
                }

                head = new RequestHead(id, known is true, send);
                return known is not null && reader.TokenType == JsonTokenType.EndObject && !reader.Read();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Malformed, or a lone surrogate in a string: the caller answers it.
        }

        head = new RequestHead(id, IsKnown: false, IsSend: false);
        return false;
    }

    private static bool IsKnownType(ref Utf8JsonReader reader)
    {
        foreach (var type in Known)
        {
            if (reader.ValueTextEquals(type))
            {
                return true;
            }
        }

        return false;
    }
}
