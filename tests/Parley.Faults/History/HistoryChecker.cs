namespace Parley.Faults.History;

/// <summary>
/// Judges a run: compares what clients did and saw with what the store holds at the end. It shares no code with the
/// server and knows of it only what the protocol promises.
/// </summary>
/// <remarks>
/// A history that ends while a connection is open claims that its client is caught up in every room it follows; a run
/// waits for that before it asks.
/// </remarks>
public static class HistoryChecker
{
    /// <summary>Checks I1 to I7.</summary>
    /// <returns>Every violation found; none for a run that kept its promises.</returns>
    public static IReadOnlyList<Violation> Check(RecordedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var violations = new List<Violation>();
        CheckHoles(run.Store, violations);
        new SendCheck(violations).Run(run);
        new WireCheck(run.Store, violations).Run(run.Entries);
        return violations;
    }

    private static void CheckHoles(StoredLog store, List<Violation> violations)
    {
        var logs = store.Events.ToLookup(e => e.Room, e => e.Seq);
        foreach (var stray in logs.Select(l => l.Key).Except(store.Rooms.Select(r => r.Name)))
        {
            violations.Add(new Violation(Invariant.I6, $"there are events of {stray}, and no such room"));
        }

        foreach (var room in store.Rooms)
        {
            var expected = room.Floor;
            foreach (var seq in logs[room.Name].Order())
            {
                if (seq != expected)
                {
                    violations.Add(new Violation(Invariant.I3, $"the log of {room.Name} has {seq} where {expected} belongs"));
                }

                expected = seq + 1;
            }

            if (expected != room.Head + 1)
            {
                violations.Add(new Violation(Invariant.I3, $"the log of {room.Name} ends at {expected - 1}, its head is {room.Head}"));
            }
        }
    }
}
