using System.Buffers;

namespace Parley.Server.WebSockets;

/// <summary>Lists of tokens in HTTP headers (RFC 9110 §5.6.1 and §5.6.2).</summary>
internal static class HeaderTokens
{
    /// <summary>The characters of a token.</summary>
    public static readonly SearchValues<char> Characters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>The elements of a list that may span several header lines, in order, without the empty ones.</summary>
    public static IEnumerable<string> Of(IEnumerable<string?> lines) => lines.SelectMany(line =>
        (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
