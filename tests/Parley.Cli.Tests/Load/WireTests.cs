using System.Text;
using CsCheck;
using Parley.Cli.Load.Wire;

namespace Parley.Cli.Tests.Load;

public sealed class WireTests
{
    [Fact]
    public void A_stamp_is_read_as_it_was_written() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int[0, 9_999], Gen.UInt[0, Stamp.MaxNumber]).Sample((time, voice, number) =>
        {
            var text = Unmask(Message(voice).Fill(number, time));

            Assert.True(Stamp.TryRead(text, out var stamp));
            Assert.Equal(new Stamp(time, voice, number), stamp);
        });

    [Fact]
    public void What_is_no_stamp_is_not_read()
    {
        var good = Encoding.ASCII.GetBytes("t=0000000000000000001;n=0002.00000003;");
        Assert.True(Stamp.TryRead(good, out var stamp));
        Assert.Equal(new Stamp(1, 2, 3), stamp);

        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] = (byte)'x';
            Assert.False(Stamp.TryRead(bad, out _), $"byte {i}");
            Assert.False(Stamp.TryRead(good.AsSpan(0, i), out _));
        }
    }

    [Fact]
    public void A_message_carries_its_number_wherever_it_is_asked_for()
    {
        var text = "{\"id\":1########,\"cid\":\"a-########\",\"text\":\""u8.ToArray();
        var stamp = new byte[Stamp.Length];
        Stamp.WriteBlank(stamp, 7);
        var frame = new MessageFrame([.. text, .. stamp, .. "\"}"u8], text.Length, 0xA1B2C3D4);

        _ = frame.Fill(99_999_999, long.MaxValue);
        var filled = Encoding.ASCII.GetString(Unmask(frame.Fill(12, 34)));

        Assert.Equal("""{"id":100000012,"cid":"a-00000012","text":"t=0000000000000000034;n=0007.00000012;"}""", filled);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void A_masked_frame_declares_its_length_in_the_shortest_form(int length)
    {
        var frame = ClientFrame.Make(ClientFrame.Text, Encoding.ASCII.GetBytes(new string('a', length)), 0x01020304);

        Assert.Equal(0x81, frame[0]);
        Assert.Equal(0x80 | (length <= 125 ? length : length <= 65_535 ? 126 : 127), frame[1]);
        Assert.Equal(new string('a', length), Encoding.ASCII.GetString(Unmask(frame)));
    }

    [Fact]
    public void Frames_are_found_however_the_bytes_are_split()
    {
        byte[] bytes = [.. Frame(1, 0), .. Frame(9, 5), .. Frame(2, 125), .. Frame(1, 126), .. Frame(1, 300), .. Frame(8, 2)];
        (int, int)[] expected = [(1, 0), (9, 5), (2, 125), (1, 126), (1, 300), (8, 2)];
        for (var first = 0; first <= bytes.Length; first++)
        {
            List<(int, int)> found = [];
            var used = Scan(bytes.AsSpan(0, first), found);
            used += Scan(bytes.AsSpan(used), found);

            Assert.Equal(expected, found);
            Assert.Equal(bytes.Length, used);
        }
    }

    [Fact]
    public void A_frame_longer_than_64_KiB_is_found()
    {
        List<(int, int)> found = [];

        Scan(Frame(1, 70_000), found);

        Assert.Equal([(1, 70_000)], found);
    }

    [Theory]
    [InlineData(0x01, 0x01)] // A fragment.
    [InlineData(0x80, 0x01)] // Its end.
    [InlineData(0xC1, 0x01)] // Compressed.
    [InlineData(0x81, 0x81)] // Masked.
    public void Frames_that_could_hide_a_message_are_refused(byte first, byte second)
    {
        var scanner = new FrameScanner([first, second, 0, 0, 0, 0, 0]);

        Assert.Equal(ScanResult.Unusable, scanner.Next());
    }

    [Fact]
    public void A_frame_that_could_never_be_held_is_refused_before_it_has_come()
    {
        var scanner = new FrameScanner([0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(ScanResult.Unusable, scanner.Next());
    }

    [Fact]
    public void The_answer_to_a_handshake_is_looked_at_when_it_is_whole()
    {
        var yes = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8.ToArray();
        for (var i = 0; i < yes.Length; i++)
        {
            Assert.False(UpgradeRequest.TryAnswer(yes.AsSpan(0, i), out _, out _));
        }

        Assert.True(UpgradeRequest.TryAnswer([.. yes, 0x81], out var length, out var refusal));
        Assert.Equal((yes.Length, null), (length, refusal));

        Assert.True(UpgradeRequest.TryAnswer("HTTP/1.1 429 Too Many Requests\r\n\r\n1a\r\nclose some of the others\r\n"u8, out _, out refusal));
        Assert.Equal("HTTP/1.1 429 Too Many Requests (close some of the others)", refusal);

        Assert.True(UpgradeRequest.TryAnswer("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n"u8, out _, out refusal));
        Assert.Contains("Sec-WebSocket-Accept", refusal, StringComparison.Ordinal);
    }

    private static MessageFrame Message(int voice)
    {
        var text = new byte[100];
        Stamp.WriteBlank(text, voice);
        return new MessageFrame(text, 0, 0x89ABCDEF);
    }

    private static int Scan(ReadOnlySpan<byte> bytes, List<(int, int)> found)
    {
        var scanner = new FrameScanner(bytes);
        while (scanner.Next() == ScanResult.Frame)
        {
            found.Add((scanner.Opcode, scanner.Payload.Length));
            Assert.Equal(-1, scanner.Payload.IndexOfAnyExcept((byte)'p'));
        }

        return scanner.Consumed;
    }

    private static byte[] Frame(int opcode, int length)
    {
        byte[] header = length switch
        {
            <= 125 => [(byte)(0x80 | opcode), (byte)length],
            <= ushort.MaxValue => [(byte)(0x80 | opcode), 126, (byte)(length >> 8), (byte)length],
            _ => [(byte)(0x80 | opcode), 127, 0, 0, 0, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        };
        return [.. header, .. Enumerable.Repeat((byte)'p', length)];
    }

    private static byte[] Unmask(ReadOnlySpan<byte> frame)
    {
        var header = 2 + ((frame[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 });
        var mask = frame.Slice(header, 4);
        var payload = frame[(header + 4)..].ToArray();
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= mask[i & 3];
        }

        return payload;
    }
}
