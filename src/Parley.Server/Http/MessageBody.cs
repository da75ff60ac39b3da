using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;
using Parley.Protocol;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary>The body of a post: JSON or plain text, never more of it in memory than a text may need.</summary>
/// <param name="Text">UTF-8.</param>
/// <param name="Name">The guest named in the JSON.</param>
internal readonly record struct MessageBody(ReadOnlyMemory<byte> Text, string? Name)
{
    // Each byte of the text may come as \u00XX; the rest is for the name and the braces.
    private const int EscapedLength = 6;
    private const int JsonOverhead = 1_024;

    /// <summary>Reads the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxTextBytes">Longest text.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The body, or why it was refused.</returns>
    public static async ValueTask<(MessageBody Body, Refusal? Refusal)> ReadAsync(
        HttpRequest request, int maxTextBytes, CancellationToken cancellationToken)
    {
        if (!TryReadType(request, out var json))
        {
            return (default, new Refusal(ErrorCode.Unsupported, "Send the text with 'Content-Type: text/plain', or JSON with 'Content-Type: application/json'; in UTF-8, not compressed."));
        }

        var limit = json ? (maxTextBytes * EscapedLength) + JsonOverhead : maxTextBytes;
        if (request.ContentLength > limit || await ReadToEndAsync(request, limit, cancellationToken) is not { } bytes)
        {
            return (default, TooLarge(maxTextBytes));
        }

        var (body, refusal) = json ? ParseJson(bytes) : ParseText(bytes);
        return (body, refusal ?? (body.Text.Length > maxTextBytes ? TooLarge(maxTextBytes) : null));
    }

    private static bool TryReadType(HttpRequest request, out bool json)
    {
        json = false;
        if (request.Headers.ContentEncoding.Count > 0
            || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        json = type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
        return json || type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase);
    }

    private static async ValueTask<byte[]?> ReadToEndAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.Length > limit)
            {
                reader.AdvanceTo(buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return bytes;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static (MessageBody Body, Refusal? Refusal) ParseText(byte[] bytes) => Utf8.IsValid(bytes)
        ? (new MessageBody(bytes, null), Empty(bytes.Length))
        : (default, new Refusal(ErrorCode.BadRequest, "The text is not UTF-8."));

    private static (MessageBody Body, Refusal? Refusal) ParseJson(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, HttpJson.Strict.PostedMessage) is { } message
                ? (new MessageBody(Encoding.UTF8.GetBytes(message.Text), message.Name), Empty(message.Text.Length))
                : (default, NoMessage("$"));
        }
        catch (JsonException e)
        {
            return (default, NoMessage(e.Path ?? "$"));
        }
    }

    private static Refusal? Empty(int length) => length > 0 ? null : new Refusal(ErrorCode.BadRequest, "A message needs a text.");

    private static Refusal NoMessage(string path) =>
        new(ErrorCode.BadRequest, $"The body is not {{\"text\":…}} with an optional \"name\": see {path}");

    private static Refusal TooLarge(int maxTextBytes) =>
        new(ErrorCode.TooLarge, $"A text has at most {maxTextBytes} bytes; send it in parts.");
}
