using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

public sealed class ConsoleKeysTests
{
    private readonly ConsoleKeys _keys = new();

    [Theory]
    [InlineData('\x01', ConsoleKey.A, ConsoleModifiers.Control, EditorKeyKind.Home)]
    [InlineData('\x03', ConsoleKey.C, ConsoleModifiers.Control, EditorKeyKind.Interrupt)]
    [InlineData('\x04', ConsoleKey.D, ConsoleModifiers.Control, EditorKeyKind.EndOfInput)]
    [InlineData('\x05', ConsoleKey.E, ConsoleModifiers.Control, EditorKeyKind.End)]
    [InlineData('\x0B', ConsoleKey.K, ConsoleModifiers.Control, EditorKeyKind.EraseToEnd)]
    [InlineData('\x0C', ConsoleKey.L, ConsoleModifiers.Control, EditorKeyKind.Clear)]
    [InlineData('\x15', ConsoleKey.U, ConsoleModifiers.Control, EditorKeyKind.EraseToStart)]
    [InlineData('\x17', ConsoleKey.W, ConsoleModifiers.Control, EditorKeyKind.EraseWord)]
    [InlineData('\r', ConsoleKey.Enter, ConsoleModifiers.None, EditorKeyKind.Enter)]
    [InlineData('\x7F', ConsoleKey.Backspace, ConsoleModifiers.None, EditorKeyKind.Backspace)]
    [InlineData('\0', ConsoleKey.LeftArrow, ConsoleModifiers.Control, EditorKeyKind.WordLeft)]
    [InlineData('\0', ConsoleKey.UpArrow, ConsoleModifiers.None, EditorKeyKind.Up)]
    [InlineData('f', ConsoleKey.F, ConsoleModifiers.Alt, EditorKeyKind.WordRight)]
    internal void A_key_that_does_something(char character, ConsoleKey key, ConsoleModifiers modifiers, EditorKeyKind expected) =>
        Assert.Equal(expected, Translate(character, key, modifiers)?.Kind);

    [Fact]
    public void A_character_is_typed() => Assert.Equal("é", Translate('é')?.Text);

    [Fact]
    public void A_character_with_the_right_alt_key_is_typed() =>
        Assert.Equal("@", Translate('@', ConsoleKey.Q, ConsoleModifiers.Control | ConsoleModifiers.Alt)?.Text);

    [Fact]
    public void The_two_halves_of_a_pair_are_typed_as_one()
    {
        Assert.Null(Translate('\uD83D'));
        Assert.Equal("👍", Translate('\uDC4D')?.Text);
        Assert.Null(Translate('\uDC4D'));
    }

    [Fact]
    public void Keys_without_a_meaning_do_nothing()
    {
        Assert.Null(Translate('\0', ConsoleKey.F5));
        Assert.Null(Translate('\x1b', ConsoleKey.Escape));
        Assert.Null(Translate('\t', ConsoleKey.Tab));
    }

    private EditorKey? Translate(char character, ConsoleKey key = ConsoleKey.None, ConsoleModifiers modifiers = ConsoleModifiers.None) =>
        _keys.Translate(new(
            character, key, modifiers.HasFlag(ConsoleModifiers.Shift), modifiers.HasFlag(ConsoleModifiers.Alt), modifiers.HasFlag(ConsoleModifiers.Control)));
}
