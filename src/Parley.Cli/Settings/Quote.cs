using Parley.Cli.Chat;

namespace Parley.Cli.Settings;

/// <summary>Puts text that we did not write into a one-line message.</summary>
internal static class Quote
{
    private const int Longest = 200;

    /// <summary>The text in quotes, on one line, shortened, safe to print.</summary>
    public static string Text(string text) => $"\"{Bare(text)}\"";

    /// <summary>The text on one line, shortened, safe to print.</summary>
    public static string Bare(string text)
    {
        var safe = TerminalText.EscapeLine(text);
        return safe.Length <= Longest ? safe : string.Concat(safe.AsSpan(0, Longest), "…");
    }
}
