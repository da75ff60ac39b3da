namespace Parley.Faults.Simulation;

/// <summary>What came of playing a plan.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Violations">What must not be; empty for a run that kept its promises.</param>
/// <param name="Hash">Of everything that happened, in order.</param>
/// <param name="Trace">The same as text, if it was kept.</param>
/// <param name="Figures">How much happened.</param>
internal sealed record Outcome(Plan Plan, IReadOnlyList<string> Violations, ulong Hash, string Trace, Figures Figures);

/// <summary>How much happened in one simulation, or in many.</summary>
internal sealed class Figures
{
    public long Events { get; set; }

    public long Ticks { get; set; }

    public long Connections { get; set; }

    public long Cuts { get; set; }

    public long Darks { get; set; }

    public long Stalls { get; set; }

    public long FailedCommits { get; set; }

    public long FailedReads { get; set; }

    public long Crashes { get; set; }

    public long Restarts { get; set; }

    public void Add(Figures other)
    {
        Events += other.Events;
        Ticks += other.Ticks;
        Connections += other.Connections;
        Cuts += other.Cuts;
        Darks += other.Darks;
        Stalls += other.Stalls;
        FailedCommits += other.FailedCommits;
        FailedReads += other.FailedReads;
        Crashes += other.Crashes;
        Restarts += other.Restarts;
    }

    public override string ToString() =>
        $"{Events:N0} events in {TimeSpan.FromTicks(Ticks).TotalHours:N1} h of virtual time, {Connections:N0} connections; {Crashes:N0} crashes, "
        + $"{Restarts:N0} restarts, {FailedCommits:N0} failed commits, {FailedReads:N0} failed reads, {Cuts:N0} resets, {Darks:N0} black holes, {Stalls:N0} stalls";
}
