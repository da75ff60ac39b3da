using System.Text;
using System.Text.RegularExpressions;
using Parley.Cli.Chat;

namespace Parley.Faults.Fuzz;

/// <summary>
/// Text of others on its way to a terminal or a pipe, and text being typed: nothing in it is obeyed. What the line editor adds
/// are its own few sequences and no others.
/// </summary>
internal static class TerminalFuzz
{
    // Erase the row; draw from its start; place the cursor; begin a new line.
    private static readonly Regex Ours = new(@"\r\x1b\[K|\x1b\[K|\x1b\[[0-9]{1,3}G|\r\n|\r", RegexOptions.NonBacktracking);

    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<byte[]> Corpus { get; } = Array.ConvertAll(
        [
            "hello there", "two\nlines\tand a tab\r\n", "مرحبا كيف الحال", "👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽", "e\u0301a\u0308 ñ 漢字 한국어 क्षि", "\u202Eevil\u202C \u2066x\u2069", "\x1b]0;title\x07\x1b[2J\x1bP+q\x1b\\",
            "\x9b31m\x9d8;;http://x\x9c", "Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D\u034F\u0334\u0319\u0324", "\u200Bze\u200Dro\uFEFF \U000E0041\U000E007F", "\u1112\u1161\u11AB\u1161\u1161", "a\x08\x08b\x7f", "\u2028\u2029\u0085",
        ],
        Encoding.Unicode.GetBytes);

    public static IReadOnlyList<byte[]> Tokens { get; } = Array.ConvertAll(
        [
            "\x1b[31m", "\x1b]52;c;", "\x1b", "\x9b", "\x07", "\r", "\n", "\t", "\0", "\x7f", "\u0085", "\u0301", "\u0301\u0301\u0301\u0301\u0301", "\u20DD", "\u093F", "\u00AD", "\u061C", "\u180E", "\u200B", "\u200D",
            "\u200F", "\u202E", "\u2060", "\u2066", "\uFEFF", "\uFFF9", "\uFE0F", "\U000E0041", "\U0001BCA0", "\U0001D173", "\U000E0100", "漢", "👍", "🏽", "한", "\u1161", "\u3164", "\uFFA0", "𝄞", "\\u{1B}", "* ", "\u115F",
        ],
        Encoding.Unicode.GetBytes);

    public static ValueTask CheckAsync(byte[] input)
    {
        // Bytes as UTF-16, so that halves of pairs come up too; and the width of the terminal from the first of them.
        var text = new string(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, char>(input.AsSpan(0, input.Length & ~1)));
        var width = input.Length == 0 ? 1 : input[0];
        Safe(TerminalText.Escape(text));
        Safe(TerminalText.EscapeLine(text), lines: false);
        var message = new ChatMessage(Noon, text, text, IsAction: input.Length % 2 == 0);
        Safe(ChatText.ForPipe(message));
        Safe(ChatText.ForTerminal(message, TimeZoneInfo.Utc));
        Safe(ChatText.ForTerminal(new ChatStatus(text), TimeZoneInfo.Utc), lines: false);
        Edit(text, width);
        return ValueTask.CompletedTask;
    }

    private static void Edit(string text, int width)
    {
        var editor = new LineEditor(text.Length > 20 ? text[..20] : text, width);
        _ = editor.Press(text, out _);
        _ = editor.Press(EditorKeyKind.WordLeft, out _);
        _ = editor.Press(text, out _);
        var drawn = new StringBuilder(editor.Draw());
        editor.PrintAbove(text);
        _ = editor.Press(EditorKeyKind.Backspace, out _);
        drawn.Append(editor.Draw());
        _ = editor.Press(EditorKeyKind.Enter, out _);
        _ = editor.Press(EditorKeyKind.Up, out _);
        drawn.Append(editor.Draw()).Append(editor.Erase());

        // The prompt and the input are the user's own, and may heap marks where they meet.
        Assert.Null(SafeText.Complaint(Ours.Replace(drawn.ToString(), "|"), boundMarks: false));
    }

    private static void Safe(string shown, bool lines = true) => Assert.Null(SafeText.Complaint(shown, lines));
}
