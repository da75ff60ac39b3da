using System.Text;

namespace Parley.Cli.Chat;

/// <summary>A line of the input.</summary>
/// <param name="Text">The line without its end.</param>
/// <param name="IsTooLong">It was longer than the limit; its text is gone.</param>
internal readonly record struct InputText(string Text, bool IsTooLong);

/// <summary>Reads lines that end in LF or CR LF, and holds no more than the longest line that is allowed.</summary>
internal sealed class BoundedLineReader(TextReader reader, int longest)
{
    private readonly char[] _buffer = new char[4_096];
    private readonly StringBuilder _line = new();
    private int _next;
    private int _end;
    private bool _isTooLong;

    /// <summary>The next line, or <see langword="null"/> at the end of the input.</summary>
    public async ValueTask<InputText?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var feed = _buffer.AsSpan(_next, _end - _next).IndexOf('\n');
            if (feed >= 0)
            {
                Take(feed);
                _next++;
                return Finish();
            }

            Take(_end - _next);
            _next = 0;
            _end = await reader.ReadAsync(_buffer, cancellationToken);
            if (_end == 0)
            {
                return _line.Length > 0 || _isTooLong ? Finish() : null;
            }
        }
    }

    private void Take(int count)
    {
        _isTooLong |= _line.Length + count > longest;
        if (_isTooLong)
        {
            _line.Clear();
        }
        else
        {
            _line.Append(_buffer, _next, count);
        }

        _next += count;
    }

    private InputText Finish()
    {
        if (_line is [.., '\r'])
        {
            _line.Length--;
        }

        var finished = new InputText(_line.ToString(), _isTooLong);
        _line.Clear();
        _isTooLong = false;
        return finished;
    }
}
