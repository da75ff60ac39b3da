namespace Parley.Cli.Load;

/// <summary>How often something happened for which reason. What a server says is endless; a few reasons are enough.</summary>
internal sealed class ReasonCounts
{
    private const int MaxReasons = 5;
    private const string Others = "other reasons";

    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>The counts; at most a handful.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>Counts one.</summary>
    public void Add(string reason)
    {
        var key = _counts.ContainsKey(reason) || _counts.Count < MaxReasons ? reason : Others;
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
    }
}
