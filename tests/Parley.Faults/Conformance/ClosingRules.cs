using Parley.Testing;
using static Parley.Faults.Conformance.Rule;

namespace Parley.Faults.Conformance;

/// <summary>RFC 6455 §5.5.1 and §7: the closing handshake and its codes. The echo answers with the client's own code.</summary>
internal static class ClosingRules
{
    private const int None = 1005; // A close frame without a code.

    public static IEnumerable<Rule> All() => [.. CloseFrames(), .. Codes(), .. Reasons()];

    private static IEnumerable<Rule> CloseFrames()
    {
        yield return new("5.5.1 a close without a code is answered without one", Frame(8), [], None);
        yield return new("5.5.1 a close with half a code fails at its second byte", [0x88, 0x81], [], 1002);
        yield return new("5.5.1 a close is answered with its code", Close(1000), [], 1000);
        yield return new("5.5.1 what came before a close is answered first", [.. Frame(1, "last"), .. Frame(9, "p"), .. Close(1000)], ["text last", "pong p"], 1000);
        yield return new("5.5.1 a text after the close is dropped", [.. Close(1000), .. Frame(1, "too late")], [], 1000);
        yield return new("5.5.1 a ping after the close is not answered", [.. Close(1001), .. Frame(9, "too late")], [], 1001);
        yield return new("5.5.1 a second close is dropped", [.. Close(1000), .. Close(1001)], [], 1000);
        yield return new("5.5.1 a fault after the close is dropped", [.. Close(1000), 0x83, 0x00], [], 1000);
        yield return new("5.5.1 a close may come inside a message", [.. Frame(1, "never ", fin: false), .. Close(1000)], [], 1000);
        yield return new("5.5.1 a message unfinished at the close is dropped", [.. Frame(1, "x", fin: false), .. Close(1000), .. Frame(0, "y")], [], 1000);
    }

    private static IEnumerable<Rule> Codes()
    {
        foreach (var code in new[] { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4400, 4999 })
        {
            yield return new($"7.4 code {code} may be sent", Close(code), [], code);
            yield return new($"7.4 code {code} may be sent with a reason", Close(code, "because"), [], code);
        }

        foreach (var code in new[] { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2999, 5000, 5001, 9999, 65_535 })
        {
            // The frame is longer than what is sent of it: the code is judged when it is there.
            var frame = Close(code, "because");
            yield return new($"7.4 code {code} must not be sent, and fails at its last byte", frame[..8], [], 1002);
        }
    }

    private static IEnumerable<Rule> Reasons()
    {
        var longest = new string('r', 123);
        yield return new("7.1.6 a reason of 123 bytes is taken", Close(1000, longest), [], 1000);
        yield return new("7.1.6 a reason in UTF-8 is taken", Close(1000, "adiós 漢字 𝄞"), [], 1000);
        yield return new("7.1.6 a reason of 124 bytes fails as a control frame that is too long", [0x88, 0xFE], [], 1002);
        yield return new("7.1.6 a reason that is not UTF-8 fails at its first bad byte", WireClient.Frame(8, [0x03, 0xE8, 0x61, 0xFF, 0x61, 0x61])[..10], [], 1007);
        yield return new("7.1.6 a reason with half a pair fails", WireClient.Frame(8, [0x03, 0xE8, 0xED, 0xA0, 0x80])[..10], [], 1007);
        yield return new("7.1.6 a reason that ends inside a character fails", WireClient.Frame(8, [0x03, 0xE8, 0xE2, 0x82]), [], 1007);
    }
}
