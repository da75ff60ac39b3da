namespace Parley.Faults.History.Tests;

/// <summary>Copies of a run with one thing changed.</summary>
internal static class Tampering
{
    /// <summary>The run without an entry.</summary>
    public static RecordedRun WithoutEntry(this RecordedRun run, Entry entry) => run.WithEntry(entry);

    /// <summary>The run with others in place of an entry.</summary>
    public static RecordedRun WithEntry(this RecordedRun run, Entry entry, params Entry[] others) =>
        run with { Entries = [.. run.Entries.SelectMany(e => ReferenceEquals(e, entry) ? others : [e])] };

    /// <summary>The run without a stored event.</summary>
    public static RecordedRun WithoutRow(this RecordedRun run, StoredEvent row) =>
        run.WithRows(run.Store.Events.Where(e => !ReferenceEquals(e, row)));

    /// <summary>The run with another in place of a stored event.</summary>
    public static RecordedRun WithRow(this RecordedRun run, StoredEvent row, StoredEvent other) =>
        run.WithRows(run.Store.Events.Select(e => ReferenceEquals(e, row) ? other : e));

    private static RecordedRun WithRows(this RecordedRun run, IEnumerable<StoredEvent> rows) =>
        run with { Store = run.Store with { Events = [.. rows] } };
}
