namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>What is wrong with a database, in lines. Bounded: beyond <see cref="MostLines"/> problems are only counted.</summary>
internal sealed class ProblemList
{
    /// <summary>Most lines kept.</summary>
    public const int MostLines = 100;

    private readonly List<string> _lines = [];

    /// <summary>The first problems.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(string line)
    {
        Count++;
        if (_lines.Count < MostLines)
        {
            _lines.Add(line.ReplaceLineEndings(" "));
        }
    }
}
