namespace Parley.Cli.Load;

/// <summary>
/// Sees that every receiver gets the messages of every voice once and in order. A voice numbers its messages 1, 2, 3 …;
/// the usual case costs one comparison, and only what is out of line is remembered.
/// </summary>
internal sealed class DeliveryCheck
{
    // A message number that cannot be: the next one, 0, is never sent.
    private const uint Unknown = uint.MaxValue;

    // Beyond it a hole counts as lost at once, and what fills it later as doubled. A server that far off has failed anyway.
    private const int MaxHoles = 100_000;

    private readonly int _voices;
    private readonly uint[] _last;
    private readonly Dictionary<long, List<Hole>> _holes = [];
    private int _holeCount;

    /// <param name="receivers">How many receivers, numbered from 0.</param>
    /// <param name="voices">How many voices, numbered from 0.</param>
    public DeliveryCheck(int receivers, int voices)
    {
        _voices = voices;
        _last = new uint[(long)receivers * voices];
    }

    /// <summary>Messages that came again.</summary>
    public long Doubled { get; private set; }

    /// <summary>Messages that came after a later one of the same voice.</summary>
    public long Reordered { get; private set; }

    /// <summary>Messages that receivers who have left had missed, or that were too many to remember.</summary>
    public long Lost { get; private set; }

    /// <summary>Messages that later ones have overtaken, and that may still come.</summary>
    public long Overtaken { get; private set; }

    /// <summary>Takes what a receiver got. Hot path.</summary>
    /// <returns>False if it had this message before.</returns>
    public bool Accept(int receiver, int voice, uint number)
    {
        var pair = ((long)receiver * _voices) + voice;
        ref var last = ref _last[pair];
        if (number == last + 1 && number != 0)
        {
            last = number;
            return true;
        }

        return AcceptOutOfLine(pair, ref last, number);
    }

    /// <summary>A new receiver takes this place. It need not have what was sent before the first message that it gets.</summary>
    public void Restart(int receiver)
    {
        for (var voice = 0; voice < _voices; voice++)
        {
            Lost += HolesOf(receiver, voice, forget: true);
            StartAnywhere(receiver, voice);
        }
    }

    /// <summary>The receiver need not have what this voice sent before the first message that it gets.</summary>
    public void StartAnywhere(int receiver, int voice) => _last[((long)receiver * _voices) + voice] = Unknown;

    /// <summary>A message that must not have come counts as doubled.</summary>
    public void RefuseEcho() => Doubled++;

    /// <summary>How many messages of a voice a receiver has missed, if it must have the numbers from 1 to <paramref name="sent"/>.</summary>
    public long Missing(int receiver, int voice, uint sent)
    {
        var last = _last[((long)receiver * _voices) + voice];
        var tail = last == Unknown ? 0 : Math.Max(0, (long)sent - last);
        return tail + HolesOf(receiver, voice, forget: false);
    }

    /// <summary>How many messages a receiver has missed between others that it got.</summary>
    public long OvertakenAt(int receiver)
    {
        long missing = 0;
        for (var voice = 0; voice < _voices; voice++)
        {
            missing += HolesOf(receiver, voice, forget: false);
        }

        return missing;
    }

    private bool AcceptOutOfLine(long pair, ref uint last, uint number)
    {
        if (last == Unknown)
        {
            last = number;
            return true;
        }

        if (number > last)
        {
            AddHole(pair, new Hole(last + 1, number - 1));
            last = number;
            return true;
        }

        if (_holes.TryGetValue(pair, out var holes) && Fill(holes, number))
        {
            Reordered++;
            return true;
        }

        Doubled++;
        return false;
    }

    private void AddHole(long pair, Hole hole)
    {
        if (_holeCount == MaxHoles)
        {
            Lost += hole.Size;
            return;
        }

        _holeCount++;
        Overtaken += hole.Size;
        if (!_holes.TryGetValue(pair, out var holes))
        {
            _holes.Add(pair, holes = []);
        }

        holes.Add(hole);
    }

    private bool Fill(List<Hole> holes, uint number)
    {
        var at = holes.FindIndex(hole => hole.First <= number && number <= hole.Last);
        if (at < 0)
        {
            return false;
        }

        var hole = holes[at];
        holes.RemoveAt(at);
        _holeCount--;
        Overtaken--;
        if (hole.First < number)
        {
            holes.Add(hole with { Last = number - 1 });
            _holeCount++;
        }

        if (number < hole.Last)
        {
            holes.Add(hole with { First = number + 1 });
            _holeCount++;
        }

        return true;
    }

    private long HolesOf(int receiver, int voice, bool forget)
    {
        var pair = ((long)receiver * _voices) + voice;
        if (!_holes.TryGetValue(pair, out var holes))
        {
            return 0;
        }

        var size = holes.Sum(hole => hole.Size);
        if (forget)
        {
            _holes.Remove(pair);
            _holeCount -= holes.Count;
            Overtaken -= size;
        }

        return size;
    }

    private readonly record struct Hole(uint First, uint Last)
    {
        public long Size => (long)Last - First + 1;
    }
}
