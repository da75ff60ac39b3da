namespace Parley.Cli.Chat;

/// <summary>What a key does to the line being typed.</summary>
internal enum EditorKeyKind
{
    /// <summary>Inserts its text.</summary>
    Text,
    Enter,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Up,
    Down,

    /// <summary>Removes everything before the cursor (Ctrl+U).</summary>
    EraseToStart,

    /// <summary>Removes everything after the cursor (Ctrl+K).</summary>
    EraseToEnd,

    /// <summary>Removes the word before the cursor (Ctrl+W).</summary>
    EraseWord,

    /// <summary>Clears the screen and draws the line again (Ctrl+L).</summary>
    Clear,

    /// <summary>Leaves if nothing is typed, else removes the character under the cursor (Ctrl+D).</summary>
    EndOfInput,

    /// <summary>Leaves (Ctrl+C).</summary>
    Interrupt,
}

/// <summary>A key, free of any terminal's way of saying it.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Text">What it inserts: whole characters, one or more.</param>
internal readonly record struct EditorKey(EditorKeyKind Kind, string Text = "")
{
    /// <summary>A key that inserts text.</summary>
    public static implicit operator EditorKey(string text) => new(EditorKeyKind.Text, text);

    /// <summary>A key that does something.</summary>
    public static implicit operator EditorKey(EditorKeyKind kind) => new(kind);
}
