using System.IO.Compression;
using System.Text;
using Parley.Server.WebSockets;
using Parley.Testing;

namespace Parley.Faults.Fuzz;

/// <summary>The frame reader with and without deflate: its verdict is the same however the bytes are cut, and its limits hold.</summary>
internal static class FrameFuzz
{
    private const int Limit = 4_096;

    public static IReadOnlyList<byte[]> Corpus { get; } =
    [
        [.. Frame(1, "hello"), .. Frame(1, "wör", fin: false), .. Frame(9, "p"), .. Frame(0, "ld !€𝄞"), .. Close(1000, "bye")],
        [.. Frame(1, "", fin: false), .. Frame(0, "", fin: false), .. Frame(0, "end"), .. Frame(10, ""), .. Close(4000, "")],
        [.. Frame(1, new string('x', 126)), .. Frame(1, new string('é', 300)), .. Frame(8, "")],
        [.. Frame(2, "binary"), .. Frame(2, "frag", fin: false), .. Frame(0, "ments"), .. Close(1001, "é")],
        [.. Compressed("compressed, compressed, compressed"), .. Frame(1, "plain"), .. Compressed("")],
        [.. Cut(Compressed("cut into two fragments, cut into two fragments")), .. Frame(9, "between")],
        [.. Compressed(new string('a', 5_000))],
        [.. Enumerable.Range(0, 70).SelectMany(i => Frame(i == 0 ? 1 : 0, "f", fin: i == 69))],
        [0x81, 0xFE, 0x00, 0x05, 1, 2, 3, 4],
        [0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5],
    ];

    public static IReadOnlyList<byte[]> Tokens { get; } =
    [
        [0x81], [0x01], [0x80], [0x00], [0x88], [0x89], [0xC1], [0x41], [0x83], [0x91], [0xFE], [0xFF], [0xFD], [0x80 | 1],
        Frame(9, "ping"), Frame(1, "a", fin: false), Frame(0, "b"), Close(1005, ""), Close(999, "x"), [0xF4, 0x90], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
        [0x00, 0x00, 0xFF, 0xFF], [0x01, 0x00, 0x00, 0xFF, 0xFF], Compressed("token"),
    ];

    public static ValueTask CheckAsync(byte[] input)
    {
        var random = new Random(input.Length);
        foreach (var options in new[]
        {
            new FrameReaderOptions { MaxMessageBytes = Limit, Deflate = true },
            new FrameReaderOptions { MaxMessageBytes = Limit, AllowBinary = true, MaxFragments = 3 },
        })
        {
            var whole = Read(input, options, int.MaxValue);
            Assert.Equal(whole, Read(input, options, 1));
            Assert.Equal(whole, Read(input, options, random.Next(2, 40)));
        }

        return ValueTask.CompletedTask;
    }

    private static List<string> Read(byte[] input, FrameReaderOptions options, int piece)
    {
        using var reader = new FrameReader(options);
        var found = new List<string>();
        for (var at = 0; at < input.Length;)
        {
            // A copy with nothing behind it: the reader unmasks in place and must not read past its end.
            var chunk = input.AsSpan(at, Math.Min(piece, input.Length - at)).ToArray();
            at += chunk.Length;
            for (Memory<byte> rest = chunk; !rest.IsEmpty;)
            {
                var status = reader.Read(rest, out var consumed);
                Assert.InRange(consumed, 1, rest.Length);
                rest = rest[consumed..];
                Assert.True(status != FrameStatus.NeedMore || rest.IsEmpty);
                if (status != FrameStatus.NeedMore)
                {
                    found.Add(Describe(reader, status));
                }

                if (status == FrameStatus.Failed)
                {
                    Assert.InRange(reader.FailureCode, 1002, 1009);
                    return found;
                }
            }

            reader.Release();
        }

        return found;
    }

    private static string Describe(FrameReader reader, FrameStatus status)
    {
        Assert.InRange(reader.Payload.Length, 0, status is FrameStatus.Text or FrameStatus.Binary ? Limit : 125);
        if (status == FrameStatus.Text)
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(reader.Payload.Span);
        }

        return $"{status} {Convert.ToHexString(reader.Payload.Span)} {reader.CloseCode} {reader.CloseReason} {reader.FailureCode} {reader.FailureReason}";
    }

    private static byte[] Frame(int opcode, string text, bool fin = true) => WireClient.Frame(opcode, Encoding.UTF8.GetBytes(text), fin);

    private static byte[] Close(int code, string reason) => WireClient.Frame(8, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    private static byte[] Compressed(string text)
    {
        var frame = WireClient.Frame(1, Deflate(text));
        frame[0] |= 0x40;
        return frame;
    }

    // One frame as two: the first with all but the last byte of payload.
    private static byte[] Cut(byte[] frame)
    {
        var payload = frame[6..];
        ReadOnlySpan<byte> mask = frame.AsSpan(2, 4);
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= mask[i & 3];
        }

        var first = WireClient.Frame(1, payload.AsSpan(..^1), fin: false);
        first[0] |= 0x40;
        return [.. first, .. WireClient.Frame(0, payload.AsSpan(^1..))];
    }

    // RFC 7692 §7.2.1: flush, then cut the last four bytes off.
    private static byte[] Deflate(string text)
    {
        if (text.Length == 0)
        {
            return [0x00];
        }

        using var stream = new MemoryStream();
        using var deflate = new DeflateStream(stream, CompressionLevel.Optimal);
        deflate.Write(Encoding.UTF8.GetBytes(text));
        deflate.Flush();
        return stream.ToArray()[..^4];
    }
}
