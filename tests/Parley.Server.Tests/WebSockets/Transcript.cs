using System.Text;
using CsCheck;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

/// <summary>What a reader finds in some bytes, one line each, however the bytes are cut.</summary>
internal static class Transcript
{
    public static readonly FrameReaderOptions Defaults = new();

    /// <summary>Reads the bytes whole, byte by byte, cut in two at every place, and cut at random; all must agree.</summary>
    public static string[] OfEverySplit(byte[] wire, FrameReaderOptions? options = null)
    {
        options ??= Defaults;
        string[] whole = Of(wire, options, [int.MaxValue]);
        Assert.Equal(whole, Of(wire, options, [1]));
        for (int cut = 1; cut < Math.Min(wire.Length, 300); cut++)
        {
            Assert.Equal(whole, Of(wire, options, [cut, int.MaxValue]));
        }

        Gen.Int[1, Math.Max(2, wire.Length / 2)].Array[1, 12].Sample(
            sizes => Assert.Equal(whole, Of(wire, options, sizes)), iter: 30, threads: 1);
        return whole;
    }

    /// <summary>Reads the bytes in pieces of the given sizes, over and over.</summary>
    public static string[] Of(byte[] wire, FrameReaderOptions options, int[] sizes)
    {
        using FrameReader reader = new(options);
        List<string> lines = [];
        int offset = 0;
        for (int piece = 0; offset < wire.Length; piece++)
        {
            // A copy with nothing behind it, since the reader unmasks in place and must not read past its end.
            byte[] chunk = wire.AsSpan(offset, Math.Min(sizes[piece % sizes.Length], wire.Length - offset)).ToArray();
            offset += chunk.Length;
            for (Memory<byte> rest = chunk; !rest.IsEmpty;)
            {
                FrameStatus status = reader.Read(rest, out int consumed);
                Assert.InRange(consumed, 1, rest.Length);
                rest = rest[consumed..];
                if (status == FrameStatus.NeedMore)
                {
                    Assert.True(rest.IsEmpty);
                    continue;
                }

                lines.Add(Line(reader, status));
                if (status == FrameStatus.Failed)
                {
                    Assert.False(reader.IsMidMessage);
                    return [.. lines];
                }
            }
        }

        return [.. lines];
    }

    /// <summary>How many bytes the reader takes before it fails; -1 if it does not.</summary>
    public static int FailsAfter(byte[] wire, FrameReaderOptions? options = null)
    {
        using FrameReader reader = new(options ?? Defaults);
        for (int i = 0; i < wire.Length; i++)
        {
            if (reader.Read(wire.AsMemory(i, 1), out _) == FrameStatus.Failed)
            {
                return i + 1;
            }
        }

        return -1;
    }

    private static string Line(FrameReader reader, FrameStatus status) => status switch
    {
        FrameStatus.Failed => $"failed {reader.FailureCode} {reader.FailureReason}",
        FrameStatus.Close => $"close {reader.CloseCode} {reader.CloseReason}",
        FrameStatus.Binary => $"binary {Convert.ToHexString(reader.Payload.Span)}",
        _ => $"{status.ToString().ToLowerInvariant()} {Encoding.UTF8.GetString(reader.Payload.Span)}",
    };
}
