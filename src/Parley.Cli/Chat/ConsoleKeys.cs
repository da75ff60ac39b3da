namespace Parley.Cli.Chat;

/// <summary>Turns the console's keys into the editor's. Holds half a surrogate pair until the other half comes.</summary>
internal sealed class ConsoleKeys
{
    private char _high;

    /// <summary>What the key means; <see langword="null"/> if nothing, or not yet.</summary>
    public EditorKey? Translate(ConsoleKeyInfo key)
    {
        var control = (key.Modifiers & (ConsoleModifiers.Control | ConsoleModifiers.Alt)) != ConsoleModifiers.None;
        EditorKeyKind? kind = key.Key switch
        {
            ConsoleKey.Enter => EditorKeyKind.Enter,
            ConsoleKey.Backspace => control ? EditorKeyKind.EraseWord : EditorKeyKind.Backspace,
            ConsoleKey.Delete => EditorKeyKind.Delete,
            ConsoleKey.LeftArrow => control ? EditorKeyKind.WordLeft : EditorKeyKind.Left,
            ConsoleKey.RightArrow => control ? EditorKeyKind.WordRight : EditorKeyKind.Right,
            ConsoleKey.UpArrow => EditorKeyKind.Up,
            ConsoleKey.DownArrow => EditorKeyKind.Down,
            ConsoleKey.Home => EditorKeyKind.Home,
            ConsoleKey.End => EditorKeyKind.End,
            _ => FromCharacter(key),
        };
        return kind is { } known ? known : Text(key);
    }

    private static EditorKeyKind? FromCharacter(ConsoleKeyInfo key)
    {
        // AltGr arrives as Control and Alt together, with a character that is to be typed.
        if (key.Modifiers == ConsoleModifiers.Alt)
        {
            return char.ToLowerInvariant(key.KeyChar) switch
            {
                'b' => EditorKeyKind.WordLeft,
                'f' => EditorKeyKind.WordRight,
                _ => null,
            };
        }

        return key.KeyChar switch
        {
            '\x01' => EditorKeyKind.Home,
            '\x02' => EditorKeyKind.Left,
            '\x03' => EditorKeyKind.Interrupt,
            '\x04' => EditorKeyKind.EndOfInput,
            '\x05' => EditorKeyKind.End,
            '\x06' => EditorKeyKind.Right,
            '\x08' or '\x7F' => EditorKeyKind.Backspace,
            '\n' or '\r' => EditorKeyKind.Enter,
            '\x0B' => EditorKeyKind.EraseToEnd,
            '\x0C' => EditorKeyKind.Clear,
            '\x0E' => EditorKeyKind.Down,
            '\x10' => EditorKeyKind.Up,
            '\x15' => EditorKeyKind.EraseToStart,
            '\x17' => EditorKeyKind.EraseWord,
            _ => null,
        };
    }

    private EditorKey? Text(ConsoleKeyInfo key)
    {
        var character = key.KeyChar;
        var high = _high;
        _high = '\0';
        if (key.Modifiers == ConsoleModifiers.Alt || char.IsControl(character))
        {
            return null;
        }

        if (char.IsHighSurrogate(character))
        {
            _high = character;
            return null;
        }

        if (char.IsLowSurrogate(character))
        {
            return high == '\0' ? default(EditorKey?) : (EditorKey)new string([high, character]);
        }

        return (EditorKey)character.ToString();
    }
}
