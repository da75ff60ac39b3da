using System.Buffers;
using System.Text;
using Parley.Testing;

namespace Parley.Faults.Conformance;

/// <summary>RFC 6455 §8.1: text is UTF-8, and fails at the first bad byte. After Markus Kuhn's stress test for decoders.</summary>
internal static class Utf8Rules
{
    private static readonly (string Name, string Hex)[] Good =
    [
        ("a Greek word", "CEBAE1BDB9CF83CEBCCEB5"),
        ("the last of 1 byte, U+007E", "7E"),
        ("the first of 2 bytes, U+00A0", "C2A0"),
        ("the last of 2 bytes, U+07FF", "DFBF"),
        ("the first of 3 bytes, U+0800", "E0A080"),
        ("the last of 3 bytes, U+FFFF", "EFBFBF"),
        ("the first of 4 bytes, U+10000", "F0908080"),
        ("the last of 4 bytes, U+10FFFF", "F48FBFBF"),
        ("the last before the surrogates, U+D7FF", "ED9FBF"),
        ("the first after the surrogates, U+E000", "EE8080"),
        ("the replacement character, U+FFFD", "EFBFBD"),
        ("a noncharacter, U+FFFE", "EFBFBE"),
        ("a noncharacter, U+1FFFE", "F09FBFBE"),
        ("a noncharacter, U+FDD0", "EFB790"),
        ("a byte order mark", "EFBBBF61"),
    ];

    private static readonly (string Name, string Hex)[] Bad =
    [
        ("a lone continuation, first", "80"),
        ("a lone continuation, last", "BF"),
        ("two continuations", "80BF"),
        ("a continuation after a whole character", "C3A980"),
        ("2 bytes, the last missing", "C361"),
        ("3 bytes, the last missing", "E0A061"),
        ("3 bytes, two missing", "E061"),
        ("4 bytes, the last missing", "F0908061"),
        ("4 bytes, two missing", "F09061"),
        ("4 bytes, three missing", "F061"),
        ("two beginnings", "C3C3"),
        ("an impossible byte, FE", "FE"),
        ("an impossible byte, FF", "FF"),
        ("5 bytes, F8", "F888808080"),
        ("6 bytes, FC", "FC8480808080"),
        ("an overlong slash in 2 bytes", "C0AF"),
        ("an overlong slash in 3 bytes", "E080AF"),
        ("an overlong slash in 4 bytes", "F08080AF"),
        ("an overlong slash in 5 bytes", "F8808080AF"),
        ("an overlong slash in 6 bytes", "FC80808080AF"),
        ("the longest overlong of 2 bytes", "C1BF"),
        ("the longest overlong of 3 bytes", "E09FBF"),
        ("the longest overlong of 4 bytes", "F08FBFBF"),
        ("an overlong NUL in 2 bytes", "C080"),
        ("an overlong NUL in 3 bytes", "E08080"),
        ("the first high surrogate", "EDA080"),
        ("the last high surrogate", "EDAFBF"),
        ("the first low surrogate", "EDB080"),
        ("the last low surrogate", "EDBFBF"),
        ("a pair of surrogates", "EDA080EDB080"),
        ("the first above U+10FFFF", "F4908080"),
        ("a beginning above F4", "F5808080"),
        ("a good word and then U+110000", "CEBAE1BDB9CF83CEBCCEB5F4908080656469746564"),
    ];

    public static IEnumerable<Rule> All()
    {
        foreach (var (name, hex) in Good)
        {
            var bytes = Convert.FromHexString(hex);
            var text = $"text {Encoding.UTF8.GetString(bytes)}";
            yield return new($"8.1 good: {name}", WireClient.Frame(1, bytes), [text], 0);
            yield return new($"8.1 good, a byte a fragment: {name}", Fragments(bytes), [text], 0);
        }

        foreach (var (name, hex) in Bad)
        {
            var bytes = Convert.FromHexString(hex);
            var before = FirstBad(bytes);
            byte[] frame = WireClient.Frame(1, [.. bytes, .. new byte[20]]);
            yield return new($"8.1 bad, at once, in mid-frame: {name}", frame[..(6 + before + 1)], [], 1007);
            yield return new(
                $"8.1 bad, at once, in a later fragment: {name}",
                [.. WireClient.Frame(1, bytes.AsSpan(0, before), fin: false), .. WireClient.Frame(0, [.. bytes[before..], .. new byte[20]])[..7]],
                [],
                1007);
        }

        foreach (var hex in new[] { "C3", "E2", "E282", "F0", "F09D", "F09D84" })
        {
            var bytes = Convert.FromHexString(hex);
            yield return new($"8.1 a text that ends inside a character: {hex}", WireClient.Frame(1, bytes), [], 1007);
            yield return new($"8.1 a text whose last fragment leaves a character unfinished: {hex}", [.. WireClient.Frame(1, bytes, fin: false), .. WireClient.Frame(0, [])], [], 1007);
        }

        yield return new("8.1 what came before the bad byte is answered first", [.. Rule.Frame(1, "good"), .. WireClient.Frame(1, [0xFF, 0, 0])[..7]], ["text good"], 1007);
        yield return new("8.1 binary is not judged", WireClient.Frame(2, [0xFF, 0xC0]), ["binary FFC0"], 0, OnlyEcho: true);
    }

    private static byte[] Fragments(byte[] bytes) =>
        [.. bytes.SelectMany((b, i) => WireClient.Frame(i == 0 ? 1 : 0, [b], fin: false)), .. WireClient.Frame(0, [])];

    // The first byte after which no text can come of it.
    private static int FirstBad(byte[] bytes)
    {
        for (var at = 0; ; at++)
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(0, at + 1);
            while (!rest.IsEmpty)
            {
                var status = Rune.DecodeFromUtf8(rest, out _, out var used);
                if (status == OperationStatus.InvalidData)
                {
                    return at;
                }

                rest = status == OperationStatus.Done ? rest[used..] : [];
            }
        }
    }
}
