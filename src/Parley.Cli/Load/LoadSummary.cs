namespace Parley.Cli.Load;

/// <summary>What came of a run. Messages and times are those of the measured part; faults are those of the whole run.</summary>
internal sealed record LoadSummary
{
    /// <summary>From this share of a processor on, the engine was what limited the run.</summary>
    public const double SaturatedFrom = 0.9;

    /// <summary>From this share of the time waiting for a processor on, latencies are partly the machine's.</summary>
    public const double CrowdedFrom = 0.1;

    public required LoadOptions Options { get; init; }

    /// <summary>Why the run did not take place; null if it did.</summary>
    public string? Failure { get; init; }

    /// <summary>Ended before its time, by the user.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Users in the room at the end.</summary>
    public int Connected { get; init; }

    public double ConnectsPerSecond { get; init; }

    /// <summary>From the first send that counts to the last delivery.</summary>
    public double Seconds { get; init; }

    public long Sent { get; init; }

    /// <summary>Messages sent in the whole run, the warming included.</summary>
    public long SentInAll { get; init; }

    /// <summary>What the listeners got.</summary>
    public long Delivered { get; init; }

    /// <summary>What senders, the stalled and those who come and go got.</summary>
    public long DeliveredElsewhere { get; init; }

    public long Lost { get; init; }

    public long Doubled { get; init; }

    public long Reordered { get; init; }

    public long SeqHoles { get; init; }

    public long SeqRepeats { get; init; }

    public long Acked { get; init; }

    /// <summary>Sends that were neither acked nor refused.</summary>
    public long Unacked { get; init; }

    public long StrayAcks { get; init; }

    public long Refused { get; init; }

    public required IReadOnlyDictionary<string, int> Refusals { get; init; }

    public required Quantiles Latency { get; init; }

    public required Quantiles AckLatency { get; init; }

    /// <summary>The most that a send of the open loop was late, in microseconds.</summary>
    public double SendLagMax { get; init; }

    /// <summary>How often the closed loop went on without what did not come.</summary>
    public long WindowResets { get; init; }

    public long StalledExpected { get; init; }

    public long StalledDelivered { get; init; }

    /// <summary>Stalled users whom the server cut off.</summary>
    public int StalledClosed { get; init; }

    public long ChurnJoins { get; init; }

    public long ChurnFailures { get; init; }

    public int IdleSpoken { get; init; }

    /// <summary>Connections that ended without us, but for those of the coming and going.</summary>
    public int Closed { get; init; }

    public required IReadOnlyDictionary<string, int> CloseReasons { get; init; }

    /// <summary>Processor seconds of this process.</summary>
    public double OwnCpu { get; init; }

    /// <summary>Share of one processor that the engine used while it sent.</summary>
    public double Busy { get; init; }

    /// <summary>Share of the time for which the engine could have run, and had no processor, while it sent.</summary>
    public double Waited { get; init; }

    public ServerShare? Server { get; init; }

    public double DeliveredPerSecond => Seconds > 0 ? Delivered / Seconds : 0;

    public double SentPerSecond => Seconds > 0 ? Sent / Seconds : 0;

    /// <summary>Whether the machine had too few processors for everything that ran on it.</summary>
    public bool IsCrowded => Waited >= CrowdedFrom;

    public bool IsSaturated => Busy >= SaturatedFrom;

    /// <summary>Everything that was wrong, each in a line; empty: the server kept its promise.</summary>
    public IReadOnlyList<string> Faults => [.. FindFaults()];

    /// <summary>Microseconds of processor time for each message that anybody got.</summary>
    public double PerDelivery(double seconds) =>
        Delivered + DeliveredElsewhere > 0 ? seconds * 1e6 / (Delivered + DeliveredElsewhere) : 0;

    private IEnumerable<string> FindFaults()
    {
        if (Failure is not null)
        {
            yield return $"not everybody could come: {Failure}";
            yield break;
        }

        if (SentInAll == 0)
        {
            yield return "nothing was sent, so nothing was tried";
        }

        foreach (var (count, what) in ((long Count, string What)[])
                 [
                     (Lost, "lost"), (Doubled, "doubled"), (Reordered, "out of order"),
                     (SeqHoles, "events left out of the room's numbers"), (SeqRepeats, "events whose number had come before"),
                     (Unacked, "sends never answered"), (StrayAcks, "answers to nothing"), (Refused, "sends refused"),
                     (Closed, "connections ended by the server"), (ChurnFailures, "users of the coming and going turned away or cut off"),
                 ])
        {
            if (count > 0)
            {
                yield return $"{count} {what}";
            }
        }
    }
}

/// <summary>Durations in microseconds.</summary>
internal sealed record Quantiles(long Count, double P50, double P90, double P99, double P999, double Max)
{
    public static Quantiles Of(Histogram histogram) => new(
        histogram.Count, At(histogram, 0.5), At(histogram, 0.9), At(histogram, 0.99), At(histogram, 0.999), histogram.Max / 1e3);

    private static double At(Histogram histogram, double share) => histogram.Percentile(share) / 1e3;
}

/// <summary>What the server used.</summary>
/// <param name="CpuSeconds">Processor time of the measured part, in seconds.</param>
/// <param name="Cores">Processors busy with it on average while messages were sent.</param>
/// <param name="StartBytes">Memory before the first connection.</param>
/// <param name="IdleBytes">Memory with all connections, before the first message.</param>
/// <param name="ResidentBytes">Memory at the end.</param>
/// <param name="PeakBytes">The most memory seen.</param>
internal sealed record ServerShare(double CpuSeconds, double Cores, long StartBytes, long IdleBytes, long ResidentBytes, long PeakBytes);
