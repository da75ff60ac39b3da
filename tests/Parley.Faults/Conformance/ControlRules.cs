using Parley.Testing;
using static Parley.Faults.Conformance.Rule;

namespace Parley.Faults.Conformance;

/// <summary>RFC 6455 §5.5: control frames.</summary>
internal static class ControlRules
{
    public static IEnumerable<Rule> All() => [.. Limits(), .. PingsAndPongs()];

    private static IEnumerable<Rule> Limits()
    {
        foreach (var opcode in new[] { 8, 9, 10 })
        {
            yield return new($"5.5 control opcode {opcode} in fragments fails at its first byte", [(byte)opcode], [], 1002);
            yield return new($"5.5 control opcode {opcode} in fragments fails inside a message", [.. Frame(1, "a", fin: false), (byte)opcode], [], 1002);
            yield return new($"5.5 control opcode {opcode} of 126 bytes fails at its second byte", [(byte)(0x80 | opcode), 0xFE], [], 1002);
            yield return new($"5.5 control opcode {opcode} with a length of 64 bits fails at its second byte", [(byte)(0x80 | opcode), 0xFF], [], 1002);
        }
    }

    private static IEnumerable<Rule> PingsAndPongs()
    {
        var longest = new string('p', 125);
        yield return new("5.5.2 a ping is answered with its payload", Frame(9, "payload"), ["pong payload"], 0);
        yield return new("5.5.2 an empty ping is answered with an empty pong", Frame(9), ["pong "], 0);
        yield return new("5.5.2 a ping of 125 bytes is answered", Frame(9, longest), [$"pong {longest}"], 0);
        yield return new("5.5.2 a ping need not be text", WireClient.Frame(9, [0x00, 0xFF]), ["pong \0\uFFFD"], 0);
        yield return new(
            "5.5.2 pings are answered in their order", [.. Enumerable.Range(0, 20).SelectMany(i => Frame(9, $"{i}"))], [.. Enumerable.Range(0, 20).Select(i => $"pong {i}")], 0);
        yield return new("5.5.3 a pong that nobody asked for is passed over", [.. Frame(10), .. Frame(10, "unasked"), .. Frame(9, "p")], ["pong p"], 0);
        yield return new("5.5.3 a pong inside a message is passed over", [.. Frame(1, "a", fin: false), .. Frame(10, "x"), .. Frame(0, "b")], ["text ab"], 0);
    }
}
