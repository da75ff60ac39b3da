using Parley.Testing;
using static Parley.Faults.Conformance.Rule;

namespace Parley.Faults.Conformance;

/// <summary>RFC 6455 §5.1 to §5.4 and §5.6: masking, the base framing, fragments, data frames.</summary>
internal static class FramingRules
{
    public static IEnumerable<Rule> All() => [.. Masking(), .. Bits(), .. Lengths(), .. Fragments(), .. DataFrames()];

    private static IEnumerable<Rule> Masking()
    {
        byte[] opcodes = [0x81, 0x01, 0x82, 0x89, 0x8A, 0x88];
        foreach (var opcode in opcodes)
        {
            foreach (var length in new byte[] { 0, 1, 2, 3, 125, 126, 127 })
            {
                yield return new($"5.1 a frame 0x{opcode:X2} without a mask, length {length}, fails at its second byte", [opcode, length], [], 1002, OnlyEcho: opcode == 0x82);
            }
        }

        yield return new("5.1 a continuation without a mask fails", [.. Frame(1, "a", fin: false), 0x80, 0x00], [], 1002);
        yield return new("5.3 a mask of zeros is a mask", [0x81, 0x82, 0, 0, 0, 0, (byte)'h', (byte)'i'], ["text hi"], 0);
        yield return new("5.3 the mask is the frame's own", [.. Masked(0x11, "one"), .. Masked(0xFE, "two")], ["text one", "text two"], 0);
        yield return new(
            "5.3 the mask begins anew in each fragment", [.. Frame(1, "abc", fin: false), .. Frame(0, "defg", fin: false), .. Frame(0, "h")], ["text abcdefgh"], 0);
    }

    private static IEnumerable<Rule> Bits()
    {
        foreach (var opcode in new[] { 1, 2, 8, 9, 10 })
        {
            for (var rsv = 1; rsv < 8; rsv++)
            {
                yield return new($"5.2 opcode {opcode} with reserved bits {rsv:b3} fails at its first byte", [(byte)(0x80 | (rsv << 4) | opcode)], [], 1002);
            }
        }

        yield return new("5.2 a continuation with a reserved bit fails", [.. Frame(1, "a", fin: false), 0xC0], [], 1002);
        foreach (var opcode in new[] { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 })
        {
            yield return new($"5.2 the reserved opcode {opcode} fails at its first byte", [(byte)(0x80 | opcode)], [], 1002);
            yield return new($"5.2 the reserved opcode {opcode} fails inside a message", [.. Frame(1, "a", fin: false), (byte)(0x80 | opcode)], [], 1002);
        }

        yield return new("5.2 what came before a fault is answered first", [.. Frame(1, "first"), .. Frame(9, "second"), 0x83], ["text first", "pong second"], 1002);
    }

    private static IEnumerable<Rule> Lengths()
    {
        foreach (var length in new[] { 0, 1, 124, 125, 126, 127, 128, 254, 255, 256, 4_096 })
        {
            var text = new string('x', length);
            yield return new($"5.2 a text of {length} bytes", Frame(1, text), [$"text {text}"], 0);
        }

        foreach (var length in new[] { 65_535, 65_536, 65_537, 1_000_000 })
        {
            var text = new string('x', length);
            yield return new($"5.2 a text of {length} bytes", Frame(1, text), [$"text {text}"], 0, OnlyEcho: true);
        }

        yield return new("5.2 a length of 0 in 16 bits fails", [0x81, 0xFE, 0, 0], [], 1002);
        yield return new("5.2 a length of 125 in 16 bits fails", [0x81, 0xFE, 0, 125], [], 1002);
        yield return new("5.2 a length of 0 in 64 bits fails", [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0], [], 1002);
        yield return new("5.2 a length of 65535 in 64 bits fails", [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], [], 1002);
        yield return new("5.2 a length with its top bit set fails at that byte", [0x81, 0xFF, 0x80], [], 1002);
        yield return new("5.2 a length of 2^63 - 1 is refused before anything is stored", [0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [], 1009);
        yield return new("5.2 a length of 2^32 is refused", [0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0], [], 1009, OnlyEcho: true);
    }

    private static IEnumerable<Rule> Fragments()
    {
        yield return new("5.4 two fragments are one message", [.. Frame(1, "hel", fin: false), .. Frame(0, "lo")], ["text hello"], 0);
        yield return new(
            "5.4 fragments may be empty", [.. Frame(1, "", fin: false), .. Frame(0, "", fin: false), .. Frame(0, "x", fin: false), .. Frame(0)], ["text x"], 0);
        yield return new(
            "5.4 sixty fragments of a byte",
            [.. Frame(1, "x", fin: false), .. Enumerable.Range(0, 58).SelectMany(_ => Frame(0, "x", fin: false)), .. Frame(0, "x")],
            [$"text {new string('x', 60)}"],
            0);
        yield return new(
            "5.4 control frames between fragments are answered at once",
            [.. Frame(1, "one ", fin: false), .. Frame(9, "a"), .. Frame(0, "two ", fin: false), .. Frame(9, "b"), .. Frame(10, "c"), .. Frame(0, "three")],
            ["pong a", "pong b", "text one two three"],
            0);
        yield return new("5.4 a message of one frame may follow one of many", [.. Frame(1, "a", fin: false), .. Frame(0, "b"), .. Frame(1, "c")], ["text ab", "text c"], 0);
        yield return new("5.4 a continuation of nothing fails", [0x80], [], 1002);
        yield return new("5.4 a continuation of nothing that would go on fails", [0x00], [], 1002);
        yield return new("5.4 a continuation after a whole message fails", [.. Frame(1, "a"), 0x80], ["text a"], 1002);
        yield return new("5.4 a continuation after the last fragment fails", [.. Frame(1, "a", fin: false), .. Frame(0, "b"), 0x00], ["text ab"], 1002);
        yield return new("5.4 a text inside a message fails", [.. Frame(1, "a", fin: false), 0x81], [], 1002);
        yield return new("5.4 the beginning of a text inside a message fails", [.. Frame(1, "a", fin: false), 0x01], [], 1002);
        yield return new("5.4 a binary frame inside a text fails", [.. Frame(1, "a", fin: false), 0x82], [], 1002);
        yield return new("5.4 a text inside a binary message fails", [.. Frame(2, "a", fin: false), 0x81], [], 1002, OnlyEcho: true);
        yield return new(
            "5.4 fragments are not kept beyond the limit",
            [.. WireClient.Frame(1, new byte[60_000].Select(_ => (byte)'x').ToArray(), fin: false), 0x00, 0xFF, 0, 0, 0, 0, 0x01, 0, 0, 0],
            [],
            1009);
    }

    private static IEnumerable<Rule> DataFrames()
    {
        yield return new("5.6 a binary message comes back as it is", WireClient.Frame(2, [0x00, 0xFF, 0xC0, 0x80]), ["binary 00FFC080"], 0, OnlyEcho: true);
        yield return new("5.6 a binary message may come in fragments", [.. WireClient.Frame(2, [0xFF], fin: false), .. WireClient.Frame(0, [0xFE])], ["binary FFFE"], 0, OnlyEcho: true);
        yield return new("5.6 an empty text is a message", Frame(1), ["text "], 0);
    }

    private static byte[] Masked(byte key, string text) =>
        [0x81, (byte)(0x80 | text.Length), key, (byte)(key + 1), key, (byte)(key + 1), .. text.Select((c, i) => (byte)(c ^ (i % 2 == 0 ? key : (byte)(key + 1))))];
}
