using System.Text;

namespace Parley.Faults.Simulation;

/// <summary>What can be seen to happen in a simulation.</summary>
internal enum Happening
{
    /// <summary>A continuation or a delivery loop runs: its number, how many were ready.</summary>
    Ran,

    /// <summary>An alarm goes off: its number.</summary>
    Alarm,

    /// <summary>A step of the plan: its index.</summary>
    Step,

    /// <summary>A client's connection is open, or was refused: client, connection.</summary>
    Opened,
    Refused,

    /// <summary>A connection is over for its client: client, connection.</summary>
    Lost,

    /// <summary>Bytes came: client or connection, how many.</summary>
    ToServer,
    ToClient,

    /// <summary>The sink took bytes: connection, how many.</summary>
    Taken,

    /// <summary>The server has cut a line or closed it: connection.</summary>
    Aborted,
    Closed,

    /// <summary>The store: its number of writes; a code or a seq.</summary>
    Commit,
    CommitFailed,
    Read,
    ReadFailed,

    /// <summary>The server's life: its number.</summary>
    Started,
    Killed,
    Stopped,
}

/// <summary>
/// Everything that happens in a simulation, in order, as one number: two runs of a plan that differ anywhere differ in it.
/// Kept as text only when asked for.
/// </summary>
internal sealed class Trace(bool keeps)
{
    private const ulong Prime = 0x100000001B3;
    private readonly StringBuilder _text = new();

    /// <summary>The hash so far (FNV-1a over words and bytes).</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    /// <summary>What was kept, a line for each happening.</summary>
    public string Text => _text.ToString();

    public void Add(long now, Happening what, long a = 0, long b = 0, ReadOnlySpan<byte> bytes = default)
    {
        var hash = Mix(Mix(Mix(Mix(Hash, (ulong)now), (ulong)what), (ulong)a), (ulong)b);
        foreach (var one in bytes)
        {
            hash = Mix(hash, one);
        }

        Hash = hash;
        if (keeps && what is not (Happening.Ran or Happening.Alarm))
        {
            var seconds = (now - TimeSpan.TicksPerHour) / (double)TimeSpan.TicksPerSecond;
            _text.Append($"{seconds,10:0.0000} {what} {a} {b}");
            _text.Append(bytes.IsEmpty ? "" : " " + Printable(bytes)).Append('\n');
        }
    }

    private static string Printable(ReadOnlySpan<byte> bytes) =>
        string.Concat(Encoding.UTF8.GetString(bytes).Select(c => char.IsControl(c) || c == '\uFFFD' ? '·' : c));

    private static ulong Mix(ulong hash, ulong word) => (hash ^ word) * Prime;
}
