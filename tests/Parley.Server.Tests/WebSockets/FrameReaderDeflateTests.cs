using System.IO.Compression;
using System.Text;
using Parley.Server.WebSockets;
using static Parley.Server.Tests.WebSockets.ClientFrames;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Compressed messages (RFC 7692), over every way to cut the bytes.</summary>
public sealed class FrameReaderDeflateTests
{
    private static readonly FrameReaderOptions On = new() { Deflate = true };

    [Theory]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.NoCompression)]
    public void Messages_inflate_each_on_its_own(CompressionLevel level)
    {
        string[] texts = ["", "a", "Hello", "€𝄞", new string('x', 5_000), string.Concat(Enumerable.Range(0, 3_000).Select(i => $"{i * 7919 % 1000},"))];
        byte[] wire = [.. texts.SelectMany(text => Compressed(Deflate(Encoding.UTF8.GetBytes(text), level)))];
        Assert.Equal(texts.Select(text => $"text {text}"), Transcript.OfEverySplit(wire, On));
    }

    [Theory]
    [InlineData("F248CDC9C90700")]
    [InlineData("000500FAFF48656C6C6F00")]
    [InlineData("F348CDC9C9070000")]
    [InlineData("F248050000 00FFFF CAC9C90700")]
    public void The_examples_of_the_RFC_inflate(string hex) =>
        Assert.Equal(["text Hello", "text Hello"], Transcript.OfEverySplit([.. Compressed(Hex(hex)), .. Compressed(Hex(hex))], On));

    [Fact]
    public void Fragments_and_control_frames_and_plain_messages_mix()
    {
        byte[] data = Deflate("compressed");
        byte[] wire =
        [
            .. Frame(Opcode.Text, data[..3], fin: false, rsv: 4), .. Ping("p"),
            .. Frame(Opcode.Continuation, [], fin: false), .. Frame(Opcode.Continuation, data[3..]), .. Text("plain"),
        ];
        Assert.Equal(["ping p", "text compressed", "text plain"], Transcript.OfEverySplit(wire, On));
    }

    [Fact]
    public void The_compressed_bit_is_only_for_the_first_frame_of_a_message()
    {
        byte[] wire = [.. Frame(Opcode.Text, [], fin: false, rsv: 4), .. Frame(Opcode.Continuation, [0], rsv: 4)];
        Assert.Equal(["failed 1002 reserved bit set"], Transcript.OfEverySplit(wire, On));
        Assert.Equal(["failed 1002 reserved bit set"], Transcript.OfEverySplit(Frame(Opcode.Ping, [], rsv: 4), On));
        Assert.Equal(["failed 1002 reserved bit set"], Transcript.OfEverySplit(Frame(Opcode.Text, [0], rsv: 6), On));
    }

    [Theory]
    [InlineData(16_384, "text ")]
    [InlineData(16_385, "failed 1009 message too big when inflated")]
    [InlineData(50_000_000, "failed 1009 message too big")]
    public void A_message_over_the_limit_fails_before_it_is_inflated_further(int length, string expected)
    {
        byte[] wire = Compressed(Deflate(new byte[length]));
        Assert.StartsWith(expected, Assert.Single(Transcript.OfEverySplit(wire, On)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bomb_costs_no_more_memory_than_the_limit()
    {
        byte[] bomb = Deflate(new byte[10_000_000]);
        Assert.InRange(bomb.Length, 1, 16_384);
        byte[] wire = Compressed(bomb);
        using FrameReader warm = new(On);
        warm.Read(wire.ToArray(), out _);
        using FrameReader reader = new(On);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(FrameStatus.Failed, reader.Read(wire, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 * 1024);
        Assert.Equal(1009, reader.FailureCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("FF")]
    [InlineData("F248CDC9C9")]
    [InlineData("F248CDC9C907")]
    [InlineData("F248CDC9C907000000")]
    [InlineData("F248CDC9C9070055")]
    [InlineData("F348CDC9C907")]
    [InlineData("F348CDC9C90700")]
    [InlineData("F348CDC9C9070001")]
    [InlineData("F348CDC9C907000000")]
    [InlineData("F348CDC9C90700F248CDC9C90700")]
    [InlineData("07")]
    [InlineData("00050000004865")]
    public void Broken_or_truncated_data_or_garbage_behind_it_fails(string hex) =>
        Assert.Equal(["failed 1007 message does not inflate"], Transcript.OfEverySplit(Compressed(Hex(hex)), On));

    [Fact]
    public void Inflated_text_must_be_UTF_8()
    {
        Assert.Equal(["failed 1007 text is not UTF-8"], Transcript.OfEverySplit(Compressed(Deflate([0x61, 0xED, 0xA0])), On));
        Assert.Equal(["failed 1007 text is not UTF-8"], Transcript.OfEverySplit(Compressed(Deflate([0x61, 0xE2, 0x82])), On));
        Assert.Equal(["failed 1007 text is not UTF-8"], Transcript.OfEverySplit(Compressed(Deflate([0xFF, .. new byte[10_000_000]])), On));
        byte[] binary = Frame(Opcode.Binary, Deflate([0x61, 0xED, 0xA0]), rsv: 4);
        Assert.Equal(["binary 61EDA0"], Transcript.OfEverySplit(binary, new() { Deflate = true, AllowBinary = true }));
    }

    private static byte[] Compressed(byte[] data) => Frame(Opcode.Text, data, rsv: 4);

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
