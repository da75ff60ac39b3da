namespace Parley.Cli.Load;

/// <summary>
/// Who does what when. Everything follows from the seed: the same options give the same plan. Times are nanoseconds from
/// the first possible send.
/// </summary>
internal sealed class LoadPlan
{
    private const double Second = 1e9;

    private readonly LoadOptions _options;
    private readonly LoadRole[] _roles;
    private readonly int[] _voices;

    public LoadPlan(LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _roles = new LoadRole[options.Connections];
        _voices = new int[options.Connections];
        Array.Fill(_voices, -1);
        Array.Fill(_roles, LoadRole.Sender, options.Clients, options.Senders);
        Array.Fill(_roles, LoadRole.Churn, options.Clients + options.Senders, options.ChurnSlots);

        var drawn = Enumerable.Range(0, options.Clients).OrderBy(client => Draw(Aspect.Choice, client)).ToArray();
        foreach (var client in drawn[..options.Stalled])
        {
            _roles[client] = LoadRole.Stalled;
        }

        IdleClients = drawn[options.Stalled..(options.Stalled + options.Idle)];
        for (var i = 0; i < IdleClients.Count; i++)
        {
            _voices[IdleClients[i]] = options.Senders + i;
        }

        for (var i = 0; i < options.Senders; i++)
        {
            _voices[options.Clients + i] = i;
        }

        Turns = [.. Enumerable.Range(0, options.Senders).OrderBy(sender => Draw(Aspect.Turn, sender))];
        IdleTurns = [.. Enumerable.Range(0, options.Idle).OrderBy(SpeaksAt)];
    }

    private enum Aspect
    {
        Choice,
        Turn,
        Phase,
        Mask,
        Idle,
        Churn,
        Leaving,
    }

    /// <summary>Senders in the order in which they take turns in the closed loop.</summary>
    public IReadOnlyList<int> Turns { get; }

    /// <summary>The connections of the idle users.</summary>
    public IReadOnlyList<int> IdleClients { get; }

    /// <summary>Places in <see cref="IdleClients"/>, in the order in which they speak.</summary>
    public IReadOnlyList<int> IdleTurns { get; }

    /// <summary>Time between two sends of a sender, in the open loop.</summary>
    public long Gap => (long)(Second / _options.Rate);

    /// <summary>What a connection does.</summary>
    public LoadRole RoleOf(int connection) => _roles[connection];

    /// <summary>The number under which a connection sends; -1 if it never does.</summary>
    public int VoiceOf(int connection) => _voices[connection];

    /// <summary>When a sender first sends in the open loop; its next sends follow in steps of <see cref="Gap"/>.</summary>
    public long FirstSendAt(int sender) => (long)(Fraction(Aspect.Phase, sender) * Gap);

    /// <summary>When an idle user speaks: <see cref="LoadOptions.IdleAfter"/> and up to a tenth more, so not all at once.</summary>
    public long SpeaksAt(int idle) =>
        (long)(_options.IdleAfter.TotalNanoseconds * (1 + (0.1 * Fraction(Aspect.Idle, idle))));

    /// <summary>The mask of all frames of a voice. Never zero: a zero mask would hide a server that does not unmask.</summary>
    public uint MaskOf(int voice) => (uint)Draw(Aspect.Mask, voice) | 0x01010101;

    /// <summary>The step of that number, from 0, of the coming and going.</summary>
    public ChurnStep StepAt(long number) => new(
        (long)((number + Fraction(Aspect.Churn, number)) / _options.Churn * Second),
        _options.Clients + _options.Senders + (int)(number % _options.ChurnSlots),
        (Draw(Aspect.Leaving, number) & 1) == 0);

    private double Fraction(Aspect aspect, long index) => (Draw(aspect, index) >> 11) * (1.0 / (1UL << 53));

    // SplitMix64: independent of the number of draws before it, so one option does not change what another one drew.
    private ulong Draw(Aspect aspect, long index)
    {
        var z = Mix(Mix((ulong)_options.Seed) + (ulong)aspect);
        return Mix(z + (ulong)index);
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>One turn of the coming and going: who was on this place leaves, and a new connection takes it.</summary>
/// <param name="At">When.</param>
/// <param name="Connection">The place.</param>
/// <param name="SaysGoodbye">Whether it leaves with a close frame; otherwise the line just ends.</param>
internal readonly record struct ChurnStep(long At, int Connection, bool SaysGoodbye);
