using CsCheck;
using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain text, Grüße, Ωμέγα, привет, 漢字, שלום, مرحبا")]
    [InlineData("one\n\ttwo")]
    [InlineData("👍🏽 🇫🇮 ❤️ e\u0301")]
    public void Text_of_any_language_stays_as_it_is(string text) => Assert.Equal(text, TerminalText.Escape(text));

    [Theory]
    [InlineData("\x1b[2J\x1b[H", @"\u{001B}[2J\u{001B}[H")] // clears the screen
    [InlineData("\x1b]0;owned\a", @"\u{001B}]0;owned\u{0007}")] // sets the title
    [InlineData("\x1b]52;c;ZXZpbA==\x1b\\", @"\u{001B}]52;c;ZXZpbA==\u{001B}\")] // writes the clipboard
    [InlineData("\x1b[?1049h\x1b[?1000h", @"\u{001B}[?1049h\u{001B}[?1000h")] // other screen, mouse reports
    [InlineData("\x1bP$q\"p\x1b\\", "\\u{001B}P$q\"p\\u{001B}\\")] // DCS: makes the terminal type an answer
    [InlineData("\x1b]8;;http://evil\x1b\\ok", @"\u{001B}]8;;http://evil\u{001B}\ok")] // hidden link
    [InlineData("\u009b31mred", @"\u{009B}31mred")] // C1 CSI
    [InlineData("\u009d0;title\u009c", @"\u{009D}0;title\u{009C}")] // C1 OSC and ST
    [InlineData("\u0085next", @"\u{0085}next")]
    [InlineData("ana: hi\rbob: no", @"ana: hi\u{000D}bob: no")] // writes over the name
    [InlineData("a\b\bb", @"a\u{0008}\u{0008}b")]
    [InlineData("\0\x7f\x0e\x0f", @"\u{0000}\u{007F}\u{000E}\u{000F}")]
    [InlineData("\u202Etxt.exe", @"\u{202E}txt.exe")]
    [InlineData("\u202A\u202B\u202C\u202D\u202E", @"\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}")]
    [InlineData("\u2066\u2067\u2068\u2069", @"\u{2066}\u{2067}\u{2068}\u{2069}")]
    [InlineData("\u200B\u200C\u200D\u200E\u200F\u061C", @"\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{061C}")]
    [InlineData("\u2060\u2061\u2062\u2063\u2064\uFEFF", @"\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{FEFF}")]
    [InlineData("\u2028\u2029", @"\u{2028}\u{2029}")]
    [InlineData("a\U000E0001\U000E0041\U000E007F", @"a\u{E0001}\u{E0041}\u{E007F}")]
    [InlineData("\u3164\u115F", @"\u{3164}\u{115F}")] // blank letters
    public void What_could_command_reorder_or_hide_is_shown(string hostile, string shown) =>
        Assert.Equal(shown, TerminalText.Escape(hostile));

    [Fact]
    public void Half_a_surrogate_pair_is_shown()
    {
        Assert.Equal(@"a\u{D83D}b", TerminalText.Escape("a\uD83Db"));
        Assert.Equal(@"\u{DE00}", TerminalText.Escape("\uDE00"));
    }

    [Fact]
    public void Marks_beyond_the_eighth_are_shown()
    {
        var marks = new string('\u0301', 8);
        Assert.Equal($"e{marks}", TerminalText.Escape($"e{marks}"));
        Assert.Equal($@"e{marks}\u{{0300}}\u{{0301}}x", TerminalText.Escape($"e{marks}\u0300\u0301x"));
        Assert.Equal($"e{marks}o{marks}", TerminalText.Escape($"e{marks}o{marks}"));
    }

    [Fact]
    public void On_one_line_line_feeds_and_tabs_are_shown_too() =>
        Assert.Equal(@"one\u{000A}two\u{0009}three", TerminalText.EscapeLine("one\ntwo\tthree"));

    [Fact]
    public void Whatever_comes_in_nothing_dangerous_goes_out() =>
        Gen.OneOf(Gen.Char, Pick.From('\x1b', '\x9b', '\u202E', '\u0301', '\uDB40', '\uDC41', 'a')).Array[0, 60].Sample(characters =>
        {
            var escaped = TerminalText.Escape(new string(characters));
            var marks = 0;
            foreach (var rune in escaped.EnumerateRunes())
            {
                Assert.True(rune.Value is '\n' or '\t' || TerminalText.IsHarmless(rune));
                marks = TerminalText.IsCombining(rune) ? marks + 1 : 0;
                Assert.InRange(marks, 0, 8);
            }

            Assert.Equal(escaped, TerminalText.Escape(escaped));
        });
}
