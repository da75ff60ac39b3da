using System.IO.Compression;

namespace Parley.Server.WebSockets;

/// <summary>
/// Inflates one compressed message (RFC 7692 §7.2.2). Each message stands alone: the handshake always asks for
/// <c>client_no_context_takeover</c>, so nothing is kept between messages.
/// </summary>
internal static class MessageInflater
{
    private const int Step = 4 * 1024;

    /// <summary>Inflates <paramref name="compressed"/> into <paramref name="output"/>, at most one byte past the limit.</summary>
    /// <param name="compressed">The payloads of the message's frames, joined.</param>
    /// <param name="limit">Largest message, in bytes.</param>
    /// <param name="text">True to judge the output as UTF-8 while it comes out.</param>
    /// <param name="output">Empty at first. The caller releases it, whatever the outcome.</param>
    public static InflateOutcome Inflate(ReadOnlyMemory<byte> compressed, int limit, bool text, ref RentedBuffer output)
    {
        using CompressedSource source = new(compressed);
        using DeflateStream inflater = new(source, CompressionMode.Decompress, leaveOpen: true);
        Utf8Validator utf8 = default;
        try
        {
            while (true)
            {
                int room = Math.Min(Step, limit - output.Count) + 1;
                int read = inflater.Read(output.Reserve(room)[..room]);
                if (read == 0)
                {
                    return !source.EndedCleanly ? InflateOutcome.Broken
                        : text && !utf8.IsComplete ? InflateOutcome.NotText
                        : InflateOutcome.Done;
                }

                if (text && !utf8.TryAppend(output.Reserve(0)[..read]))
                {
                    return InflateOutcome.NotText;
                }

                output.Advance(read);
                if (output.Count > limit)
                {
                    return InflateOutcome.TooBig;
                }
            }
        }
        catch (InvalidDataException)
        {
            return InflateOutcome.Broken;
        }
    }
}
