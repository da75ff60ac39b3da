using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parley.Protocol;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <summary>Gathers messages into one frame, a JSON object per line, up to the size the server takes.</summary>
internal sealed class FrameWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> frame = new(1_024);
    private readonly ArrayBufferWriter<byte> message = new(1_024);
    private readonly Utf8JsonWriter json;

    public FrameWriter() => json = new Utf8JsonWriter(
        message,
        new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = WireJson.MaxDepth });

    /// <summary>Largest frame, in bytes. Default: the limit before <c>hello</c>.</summary>
    public int MaxBytes { get; set; } = 16_384;

    /// <summary>The frame so far.</summary>
    public ReadOnlyMemory<byte> Frame => frame.WrittenMemory;

    /// <summary>Encodes a message; <see cref="TryTake"/> then puts it into the frame.</summary>
    /// <returns><see langword="false"/>: it is larger than any frame may be.</returns>
    public bool TryEncode(ClientMessage request)
    {
        message.ResetWrittenCount();
        json.Reset();
        JsonSerializer.Serialize(json, request, WireJson.Strict.ClientMessage);
        json.Flush();
        return message.WrittenCount <= MaxBytes;
    }

    /// <summary>Puts the encoded message into the frame.</summary>
    /// <returns><see langword="false"/>: the frame is full; send and <see cref="Clear"/> it first.</returns>
    public bool TryTake()
    {
        var separator = frame.WrittenCount > 0 ? 1 : 0;
        if (frame.WrittenCount + separator + message.WrittenCount > MaxBytes)
        {
            return false;
        }

        if (separator > 0)
        {
            frame.Write("\n"u8);
        }

        frame.Write(message.WrittenSpan);
        return true;
    }

    /// <summary>Begins the next frame.</summary>
    public void Clear() => frame.ResetWrittenCount();

    public void Dispose() => json.Dispose();
}
