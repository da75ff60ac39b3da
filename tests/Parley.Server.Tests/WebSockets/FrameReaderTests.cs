using System.Text;
using Parley.Server.WebSockets;
using static Parley.Server.Tests.WebSockets.ClientFrames;

namespace Parley.Server.Tests.WebSockets;

/// <summary>The rules of RFC 6455 §5, one by one, over every way to cut the bytes.</summary>
public sealed class FrameReaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(1_000)]
    [InlineData(16_384)]
    public void A_text_of_any_length_is_read(int length)
    {
        string text = new('x', length);
        Assert.Equal([$"text {text}", "text next"], Transcript.OfEverySplit([.. Text(text), .. Text("next")]));
    }

    [Fact]
    public void A_length_of_64_bits_is_read()
    {
        string text = new('x', 70_000);
        Assert.Equal([$"text {text}"], Transcript.OfEverySplit(Text(text), new() { MaxMessageBytes = 100_000 }));
    }

    [Fact]
    public void Fragments_make_one_message_and_characters_may_span_them()
    {
        byte[] utf8 = Encoding.UTF8.GetBytes("a€𝄞z");
        for (int cut = 0; cut <= utf8.Length; cut++)
        {
            byte[] wire = [.. Text(utf8[..cut], fin: false), .. Frame(Opcode.Continuation, [], fin: false), .. Frame(Opcode.Continuation, utf8[cut..])];
            Assert.Equal(["text a€𝄞z"], Transcript.OfEverySplit(wire));
        }
    }

    [Fact]
    public void Control_frames_between_fragments_come_at_once_and_disturb_nothing()
    {
        byte[] wire = [.. Text("one ", fin: false), .. Ping("p"), .. More("two ", fin: false), .. Frame(Opcode.Pong, []), .. More("three"), .. Close(1000, "bye")];
        Assert.Equal(["ping p", "pong ", "text one two three", "close 1000 bye"], Transcript.OfEverySplit(wire));
    }

    [Fact]
    public void A_control_frame_of_125_bytes_is_fine()
    {
        string text = new('p', 125);
        Assert.Equal([$"ping {text}"], Transcript.OfEverySplit(Ping(text)));
    }

    [Theory]
    [InlineData("81 00")]
    [InlineData("81 01 61")]
    [InlineData("81 02 61 62")]
    [InlineData("81 03 61 62 63")]
    [InlineData("01 00")]
    [InlineData("81 7E FF FF")]
    [InlineData("89 00")]
    [InlineData("88 02 03 E8")]
    public void A_frame_without_mask_fails_at_its_second_byte(string hex) =>
        FailsAt(2, "1002 frame is not masked", Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    [Fact]
    public void A_continuation_without_mask_fails_too() =>
        FailsAt(9, "1002 frame is not masked", [.. Text("a", fin: false), 0x80, 0x00]);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(1, 7)]
    [InlineData(9, 4)]
    [InlineData(8, 1)]
    [InlineData(2, 2)]
    public void A_reserved_bit_fails_at_the_first_byte(int opcode, int rsv) =>
        FailsAt(1, "1002 reserved bit set", Frame((Opcode)opcode, [], rsv: rsv));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void A_reserved_opcode_fails_at_the_first_byte(int opcode) =>
        FailsAt(1, "1002 reserved opcode", Frame((Opcode)opcode, []));

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void A_control_frame_in_fragments_or_over_125_bytes_fails(int opcode)
    {
        FailsAt(1, "1002 fragmented control frame", Frame((Opcode)opcode, [], fin: false));
        FailsAt(2, "1002 control frame over 125 bytes", Frame((Opcode)opcode, new byte[126]));
        FailsAt(2, "1002 control frame over 125 bytes", Frame((Opcode)opcode, new byte[70_000]));
    }

    [Fact]
    public void Fragments_out_of_order_fail()
    {
        FailsAt(1, "1002 continuation of no message", More("a"));
        FailsAt(1, "1002 continuation of no message", More("a", fin: false));
        FailsAt(8, "1002 new message inside a message", [.. Text("a", fin: false), .. Text("b")]);
        FailsAt(8, "1002 new message inside a message", [.. Text("a", fin: false), .. Frame(Opcode.Binary, [])]);
        Assert.Equal(["text ab", "failed 1002 continuation of no message"], Transcript.OfEverySplit([.. Text("a", fin: false), .. More("b"), .. More("c")]));
    }

    [Theory]
    [InlineData("81 FE 00 00", 4)]
    [InlineData("81 FE 00 7D", 4)]
    [InlineData("81 FF 00 00 00 00 00 00 00 05", 10)]
    [InlineData("81 FF 00 00 00 00 00 00 FF FF", 10)]
    public void A_length_in_a_longer_form_than_needed_fails(string hex, int at) =>
        FailsAt(at, "1002 length not in its shortest form", Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    [Fact]
    public void A_length_with_its_top_bit_fails_at_that_byte() =>
        FailsAt(3, "1002 length with its top bit set", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]);

    [Fact]
    public void A_message_over_the_limit_fails_when_its_length_is_known()
    {
        FrameReaderOptions hundred = new() { MaxMessageBytes = 100 };
        FailsAt(2, "1009 message too big", Text(new string('x', 101)), hundred);
        FailsAt(4, "1009 message too big", Text(new string('x', 200)), hundred);
        FailsAt(10, "1009 message too big", [0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], hundred);
        FailsAt(68, "1009 message too big", [.. Text(new string('x', 60), fin: false), .. More(new string('x', 41))], hundred);
        Assert.Single(Transcript.OfEverySplit([.. Text(new string('x', 60), fin: false), .. More(new string('x', 40))], hundred));
    }

    [Fact]
    public void The_limit_may_change_between_messages()
    {
        using FrameReader reader = new(new() { MaxMessageBytes = 10 });
        Assert.Equal(FrameStatus.Text, reader.Read(Text("0123456789"), out _));
        reader.MaxMessageBytes = 20;
        Assert.Equal(FrameStatus.Text, reader.Read(Text("01234567890123456789"), out _));
        reader.MaxMessageBytes = 5;
        Assert.Equal(FrameStatus.Failed, reader.Read(Text("012345"), out _));
        Assert.Equal(1009, reader.FailureCode);
    }

    [Fact]
    public void Binary_fails_at_the_first_byte_unless_allowed()
    {
        FailsAt(1, "1003 binary messages are not understood", Frame(Opcode.Binary, [1]));
        byte[] wire = [.. Frame(Opcode.Binary, [0xFF, 0xC0], fin: false), .. Frame(Opcode.Continuation, [0x80]), .. Frame(Opcode.Binary, [0xFE])];
        Assert.Equal(["binary FFC080", "binary FE"], Transcript.OfEverySplit(wire, new() { AllowBinary = true }));
    }

    [Theory]
    [InlineData("C0", 1)]
    [InlineData("61 FF 61 61", 2)]
    [InlineData("61 80", 2)]
    [InlineData("ED A0 80", 2)]
    [InlineData("E0 80 80", 2)]
    [InlineData("F4 90 80 80", 2)]
    [InlineData("F0 8F 80 80", 2)]
    [InlineData("CE BA E1 BD B9 CF 83 CE BC CE B5 F4 90", 13)]
    public void Text_that_is_not_UTF_8_fails_at_the_first_bad_byte(string hex, int at)
    {
        byte[] bad = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        FailsAt(6 + at, "1007 text is not UTF-8", Text([.. bad, 0x61, 0x61]));
        FailsAt(6 + at, "1007 text is not UTF-8", Text([.. bad, 0x61], fin: false));
        FailsAt(7 + 6 + at, "1007 text is not UTF-8", [.. Text("x", fin: false), .. Frame(Opcode.Continuation, bad)]);
    }

    [Fact]
    public void Text_that_ends_inside_a_character_fails()
    {
        FailsAt(9, "1007 text ends inside a character", Text([0x61, 0xE2, 0x82]));
        FailsAt(14, "1007 text ends inside a character", [.. Text([0xE2, 0x82], fin: false), .. Frame(Opcode.Continuation, [])]);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1003)]
    [InlineData(1007)]
    [InlineData(1014)]
    [InlineData(3000)]
    [InlineData(4999)]
    public void A_close_with_a_good_code_is_read(int code)
    {
        string reason = new('é', 61);
        Assert.Equal([$"close {code} {reason}"], Transcript.OfEverySplit(Close(code, reason)));
    }

    [Fact]
    public void A_close_without_a_code_reads_as_1005() =>
        Assert.Equal(["close 1005 "], Transcript.OfEverySplit(Frame(Opcode.Close, [])));

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1100)]
    [InlineData(2000)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65535)]
    public void A_close_with_a_bad_code_fails_once_the_code_is_there(int code) =>
        FailsAt(8, "1002 invalid close code", Close(code, "reason"));

    [Fact]
    public void A_close_with_half_a_code_fails_at_its_length() =>
        FailsAt(2, "1002 close frame with half a code", Frame(Opcode.Close, [3]));

    [Fact]
    public void A_close_reason_that_is_not_UTF_8_fails_at_the_first_bad_byte()
    {
        FailsAt(10, "1007 close reason is not UTF-8", Frame(Opcode.Close, [3, 0xE8, 0xF4, 0x90, 0x61]));
        FailsAt(9, "1007 close reason is not UTF-8", Frame(Opcode.Close, [3, 0xE8, 0xE2]));
    }

    [Fact]
    public void What_follows_a_close_is_discarded() =>
        Assert.Equal(["close 1001 "], Transcript.OfEverySplit([.. Close(1001), 0xFF, 0xFF, .. Text("late")]));

    [Fact]
    public void More_than_64_fragments_fail_at_the_next_one()
    {
        byte[] sixtyThree = [.. Text("", fin: false), .. Enumerable.Repeat(More("", fin: false), 62).SelectMany(frame => frame)];
        Assert.Equal(["ping ", "text end"], Transcript.OfEverySplit([.. sixtyThree, .. Ping(""), .. More("end")]));
        FailsAt((64 * 6) + 1, "1008 too many fragments", [.. sixtyThree, .. More("", fin: false), .. More("end")]);
        Assert.Equal(["text end"], Transcript.OfEverySplit([.. sixtyThree, .. More("", fin: false), .. More("end")], new() { MaxFragments = 0 }));
    }

    [Fact]
    public void A_failure_is_final()
    {
        using FrameReader reader = new(Transcript.Defaults);
        Assert.Equal(FrameStatus.Failed, reader.Read(More("a"), out _));
        byte[] good = Text("a");
        Assert.Equal(FrameStatus.Failed, reader.Read(good, out int consumed));
        Assert.Equal(good.Length, consumed);
        Assert.Equal(1002, reader.FailureCode);
    }

    [Fact]
    public void A_message_or_frame_in_progress_shows()
    {
        using FrameReader reader = new(Transcript.Defaults);
        Assert.False(reader.IsMidMessage);
        Step([0x01], expected: true);
        Step(Text("ab", fin: false)[1..], expected: true);
        Step(Ping("x"), expected: true);
        Step(More("c"), expected: false);
        Step(Ping("x")[..1], expected: true);
        Step(Ping("x")[1..], expected: false);
        Step(Text("")[..5], expected: true);
        Step(Text("")[5..], expected: false);

        void Step(byte[] bytes, bool expected)
        {
            reader.Read(bytes, out _);
            Assert.Equal(expected, reader.IsMidMessage);
        }
    }

    [Fact]
    public void A_whole_message_is_unmasked_in_place_without_allocating()
    {
        using FrameReader reader = new(Transcript.Defaults);
        byte[] frame = Text(new string('x', 1_000));
        byte[] input = [.. frame];
        Assert.Equal(FrameStatus.Text, reader.Read(input, out _));
        Assert.True(reader.Payload.Span.Overlaps(input));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            frame.CopyTo(input, 0);
            reader.Read(input, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_large_length_that_is_only_declared_takes_no_memory()
    {
        const int Huge = 512 * 1024 * 1024;
        using FrameReader reader = new(new() { MaxMessageBytes = Huge });
        byte[] start = [0x81, 0xFF, .. BigEndian(Huge), 0, 0, 0, 0, 0x61];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(FrameStatus.NeedMore, reader.Read(start, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    private static void FailsAt(int at, string failure, byte[] wire, FrameReaderOptions? options = null)
    {
        Assert.Equal([$"failed {failure}"], Transcript.OfEverySplit(wire, options));
        Assert.Equal(at, Transcript.FailsAfter(wire, options));
    }
}
