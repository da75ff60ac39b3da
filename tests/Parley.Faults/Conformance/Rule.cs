using System.Text;
using Parley.Testing;

namespace Parley.Faults.Conformance;

/// <summary>One rule of RFC 6455, as bytes that a client sends and what must come of them.</summary>
/// <param name="Name">The section and the rule.</param>
/// <param name="Sent">What the client sends after the handshake; where the server must fail, not one byte more than it needs to know.</param>
/// <param name="Answers">What an echo answers before the end: <c>text hello</c>, <c>binary 00FF</c>, <c>pong p</c>.</param>
/// <param name="Code">The code of the server's close frame, after which FIN comes; 0: the connection goes on.</param>
/// <param name="OnlyEcho">True where <c>/ws</c> has a limit of its own.</param>
internal sealed record Rule(string Name, byte[] Sent, string[] Answers, int Code, bool OnlyEcho = false)
{
    /// <summary>All of them, in the order of the RFC.</summary>
    public static IReadOnlyList<Rule> All { get; } = [.. FramingRules.All(), .. ControlRules.All(), .. ClosingRules.All(), .. Utf8Rules.All()];

    /// <summary>A frame of a client.</summary>
    public static byte[] Frame(int opcode, string text = "", bool fin = true) => WireClient.Frame(opcode, Encoding.UTF8.GetBytes(text), fin);

    /// <summary>A close frame of a client.</summary>
    public static byte[] Close(int code, string reason = "") =>
        WireClient.Frame(8, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    public override string ToString() => Name;
}
