using System.Text;

namespace Parley.Cli.Chat;

/// <summary>The terminal as the line client uses it: what happened scrolls by, the line being typed stays below it.</summary>
/// <param name="editor">The line being typed. Only this screen touches it.</param>
/// <param name="output">The terminal. Each change goes there in one write.</param>
/// <param name="zone">Where the user's clock runs.</param>
internal sealed class TerminalScreen(LineEditor editor, Stream output, TimeZoneInfo zone)
{
    private readonly Lock _drawing = new();
    private bool _isClosed;

    /// <summary>Shows something above the line being typed.</summary>
    public void Show(ChatEvent happened)
    {
        lock (_drawing)
        {
            editor.PrintAbove(ChatText.ForTerminal(happened, zone));
            Write(_isClosed ? editor.Erase() : editor.Draw());
        }
    }

    /// <summary>Takes a key, without drawing yet.</summary>
    public EditorOutcome Press(EditorKey key, out string line)
    {
        lock (_drawing)
        {
            return editor.Press(key, out line);
        }
    }

    /// <summary>Draws the line being typed, for a terminal of this width.</summary>
    public void Draw(int width)
    {
        lock (_drawing)
        {
            if (!_isClosed)
            {
                editor.Resize(width);
                Write(editor.Draw());
            }
        }
    }

    /// <summary>Takes the line being typed away. What is shown later is only printed.</summary>
    public void Close()
    {
        lock (_drawing)
        {
            _isClosed = true;
            Write(editor.Erase());
        }
    }

    private void Write(string text)
    {
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Flush();
    }
}
