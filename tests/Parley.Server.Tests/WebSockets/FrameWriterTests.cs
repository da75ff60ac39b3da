using System.Text;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

public sealed class FrameWriterTests
{
    [Theory]
    [InlineData(0, "8100")]
    [InlineData(125, "817D")]
    [InlineData(126, "817E007E")]
    [InlineData(65_535, "817EFFFF")]
    [InlineData(65_536, "817F0000000000010000")]
    [InlineData(int.MaxValue, "817F000000007FFFFFFF")]
    public void A_header_is_final_unmasked_and_as_short_as_can_be(int length, string expected)
    {
        byte[] header = new byte[FrameWriter.MaxHeader];
        int written = FrameWriter.WriteHeader(header, Opcode.Text, length);
        Assert.Equal(expected, Convert.ToHexString(header[..written]));
        Assert.Equal(written, FrameWriter.HeaderLength(length));
    }

    [Theory]
    [InlineData(1000, "", "880203E8")]
    [InlineData(4408, "bye", "88051138627965")]
    [InlineData(1005, "never sent", "8800")]
    public void A_close_frame_carries_its_code_and_reason(int code, string reason, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(Close(code, reason)));

    [Theory]
    [InlineData('x', 1)]
    [InlineData('é', 2)]
    [InlineData('€', 3)]
    public void A_long_reason_is_cut_between_characters(char letter, int width)
    {
        byte[] frame = Close(1011, new string(letter, 200));
        Assert.Equal(new string(letter, 123 / width), Encoding.UTF8.GetString(frame[4..]));
        Assert.Equal(frame.Length - 2, frame[1]);
    }

    [Fact]
    public void A_reason_is_never_cut_inside_a_surrogate_pair_and_lone_ones_are_replaced()
    {
        Assert.Equal(string.Concat(Enumerable.Repeat("𝄞", 30)), Encoding.UTF8.GetString(Close(1000, string.Concat(Enumerable.Repeat("𝄞", 40)))[4..]));
        Assert.Equal("a\uFFFDb", Encoding.UTF8.GetString(Close(1000, "a\uD800b")[4..]));
    }

    [Fact]
    public void Ping_and_pong_carry_up_to_125_bytes()
    {
        byte[] frame = new byte[FrameWriter.MaxControlFrame];
        Assert.Equal("89026162", Convert.ToHexString(frame[..FrameWriter.WritePing(frame, "ab"u8)]));
        Assert.Equal("8A00", Convert.ToHexString(frame[..FrameWriter.WritePong(frame, [])]));
        Assert.Equal(127, FrameWriter.WritePong(frame, new byte[125]));
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameWriter.WritePing(new byte[200], new byte[126]));
    }

    private static byte[] Close(int code, string reason)
    {
        byte[] frame = new byte[FrameWriter.MaxControlFrame];
        return frame[..FrameWriter.WriteClose(frame, code, reason)];
    }
}
