namespace Parley.Cli.Chat;

/// <summary>Lines typed before, newest last. Holds 200; the oldest goes when one more comes.</summary>
internal sealed class InputHistory
{
    public const int Capacity = 200;

    private readonly List<string> _lines = new(Capacity);
    private int _place;
    private string _draft = "";

    /// <summary>Remembers a line that was sent. The same line twice in a row is remembered once.</summary>
    public void Add(string line)
    {
        if (line.Length > 0 && (_lines.Count == 0 || _lines[^1] != line))
        {
            if (_lines.Count == Capacity)
            {
                _lines.RemoveAt(0);
            }

            _lines.Add(line);
        }

        _place = _lines.Count;
        _draft = "";
    }

    /// <summary>The line before; the one being typed is kept for the way back.</summary>
    /// <returns><see langword="null"/> at the oldest line.</returns>
    public string? Older(string current)
    {
        if (_place == 0)
        {
            return null;
        }

        if (_place == _lines.Count)
        {
            _draft = current;
        }

        return _lines[--_place];
    }

    /// <summary>The line after, and at last the one that was being typed.</summary>
    /// <returns><see langword="null"/> if that one is shown already.</returns>
    public string? Newer()
    {
        if (_place == _lines.Count)
        {
            return null;
        }

        return ++_place == _lines.Count ? _draft : _lines[_place];
    }
}
