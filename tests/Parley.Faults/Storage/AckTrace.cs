using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Parley.Faults.Storage;

/// <summary>
/// Reads from the shim's journal whether each ack left after a sync that began after the message had been written to the
/// write-ahead log. The messages carry <see cref="CidOf"/>, and their requests the same number.
/// </summary>
internal sealed partial class AckTrace
{
    private const int Patience = 10_000; // Milliseconds; the analyzer wants a bound.

    private readonly HashSet<int> _written = [];
    private readonly HashSet<int> _meant = [];
    private readonly HashSet<int> _durable = [];

    /// <summary>Acks seen.</summary>
    public int Acks { get; private set; }

    /// <summary>Of them, those that left too early.</summary>
    public List<int> Early { get; } = [];

    /// <summary>The cid of message <paramref name="number"/>.</summary>
    public static string CidOf(int number) => $"trace-{number:D6}";

    /// <summary>Takes note of one record, in the order of the journal.</summary>
    public void Take(DiskRecord record)
    {
        var isLog = record.Name.EndsWith("-wal", StringComparison.Ordinal);
        switch (record.Deed)
        {
            case DiskDeed.Write when isLog:
                _written.UnionWith(NumbersIn(Cid(), record.Data));
                break;
            case DiskDeed.SyncBegin when isLog:
                _meant.UnionWith(_written);
                break;
            case DiskDeed.SyncEnd when isLog:
                _durable.UnionWith(_meant);
                break;
            case DiskDeed.Send:
                foreach (var number in NumbersIn(Answer(), record.Data))
                {
                    Acks++;
                    if (!_durable.Contains(number))
                    {
                        Early.Add(number);
                    }
                }

                break;
        }
    }

    private static IEnumerable<int> NumbersIn(Regex pattern, byte[] data) =>
        pattern.Matches(Encoding.Latin1.GetString(data)).Select(m => int.Parse(m.Groups["n"].ValueSpan, CultureInfo.InvariantCulture));

    [GeneratedRegex("trace-(?<n>[0-9]{6})", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Cid();

    [GeneratedRegex("\"t\":\"ok\",\"re\":(?<n>[0-9]+),", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Answer();
}
