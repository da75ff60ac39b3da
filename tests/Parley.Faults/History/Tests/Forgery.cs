using Parley.Protocol;

namespace Parley.Faults.History.Tests;

/// <summary>A way to break a run that was sound: what a faulty server would have left behind.</summary>
/// <param name="Name">What the server did.</param>
/// <param name="Breaks">The invariant that must notice.</param>
/// <param name="Apply">Makes the broken run; null when this run has no place for it.</param>
internal sealed record Forgery(string Name, Invariant Breaks, Func<RecordedRun, Random, RecordedRun?> Apply)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Forgery> All { get; } =
    [
        new("Acks a message and does not store it", Invariant.I1, static (run, dice) => Pick(AckedRows(run), dice, run.WithoutRow)),
        new("Acks a message and stores other bytes", Invariant.I1, static (run, dice) => Pick(AckedRows(run), dice, row =>
            run.WithRow(row, row with { Text = AlterOne(row.Text!, dice) }))), // Not null: a message.
        new("Acks a message with another's seq", Invariant.I1, static (run, dice) => Pick(run.Entries.OfType<Acked>(), dice, ack =>
            run.WithEntry(ack, ack with { Seq = ack.Seq + 1 }))),
        new("Forgets the cids it has stored", Invariant.I2, static (run, dice) => Pick(AckedRows(run), dice, row => Double(run, row))),
        new("Swaps two events on the wire", Invariant.I3, static (run, dice) => Pick(Neighbours(run), dice, pair =>
            run.WithEntry(pair.First, pair.Second with { }).WithEntry(pair.Second, pair.First with { }))),
        new("Drops an event on the wire", Invariant.I3, static (run, dice) => Pick(Neighbours(run), dice, pair => run.WithoutEntry(pair.First))),
        new("Delivers an event twice", Invariant.I3, static (run, dice) => Pick(Neighbours(run), dice, pair => run.WithEntry(pair.First, pair.First, pair.First))),
        new("Loses a row and keeps the head", Invariant.I3, static (run, dice) => Pick(run.Store.Events, dice, run.WithoutRow)),
        new("Stores a sender's messages in another order", Invariant.I4, static (run, dice) => Pick(SameSender(run), dice, pair =>
            run.WithRow(pair.First, pair.Second with { Seq = pair.First.Seq }).WithRow(pair.Second, pair.First with { Seq = pair.Second.Seq }))),
        new("Stores an unacked message twice", Invariant.I5, static (run, dice) => Pick(Unacked(run), dice, row => Double(Double(run, row), row))),
        new("Stores a message that nobody sent", Invariant.I6, static (run, dice) => Pick(Messages(run), dice, row => Double(run, row with { Cid = "forged" }))),
        new("Alters one byte on the wire", Invariant.I6, static (run, dice) => Pick(run.Entries.OfType<Received>().Where(r => r.Text is not null), dice, received =>
            run.WithEntry(received, received with { Text = AlterOne(received.Text!, dice) }))), // Not null: filtered.
        new("Says that another wrote it", Invariant.I6, static (run, dice) => Pick(run.Entries.OfType<Received>(), dice, received =>
            run.WithEntry(received, received with { By = received.By + "x" }))),
        new("Delivers an event that is not in the log", Invariant.I6, static (run, dice) => Pick(Delivered(run), dice, run.WithoutRow)),
        new("Goes on delivering to one who left", Invariant.I7, static (run, dice) => Pick(Leaks(run), dice, leak => run.WithEntry(leak.Left, leak.Left, leak.Received))),
        new("Forgets that somebody left", Invariant.I7, static (run, dice) => Pick(Leaks(run), dice, leak => run.WithEntry(leak.Left, leak.Received))),
    ];

    public override string ToString() => Name;

    private static RecordedRun? Pick<T>(IEnumerable<T> places, Random dice, Func<T, RecordedRun> apply)
    {
        var all = places.ToList();
        return all.Count == 0 ? null : apply(all[dice.Next(all.Count)]);
    }

    private static IEnumerable<StoredEvent> Messages(RecordedRun run) => run.Store.Events.Where(e => e.Kind == EventKind.Message);

    private static IEnumerable<StoredEvent> AckedRows(RecordedRun run)
    {
        var acked = run.Entries.OfType<Acked>().Select(a => (a.Client.User, a.Cid)).ToHashSet();
        return Messages(run).Where(e => acked.Contains((e.By, e.Cid!))); // Not null: every message here has one.
    }

    private static IEnumerable<StoredEvent> Unacked(RecordedRun run)
    {
        var acked = run.Entries.OfType<Acked>().Select(a => (a.Client.User, a.Cid)).ToHashSet();
        return run.Entries.OfType<Sent>()
            .Where(s => !acked.Contains((s.Client.User, s.Cid)))
            .Select(s => new StoredEvent(s.Room, 0, s.Client.User, EventKind.Message, s.Cid, s.Text));
    }

    private static IEnumerable<StoredEvent> Delivered(RecordedRun run)
    {
        var received = run.Entries.OfType<Received>().Select(r => (r.Room, r.Seq)).ToHashSet();
        return run.Store.Events.Where(e => received.Contains((e.Room, e.Seq)));
    }

    /// <summary>Events that one client got one after the other, live, in one room, on one connection.</summary>
    private static IEnumerable<(Received First, Received Second)> Neighbours(RecordedRun run)
    {
        var last = new Dictionary<(ClientId, string), Received>();
        var live = new HashSet<(ClientId, string)>();
        foreach (var entry in run.Entries)
        {
            switch (entry)
            {
                case Received received when live.Contains((received.Client, received.Room)):
                    if (last.TryGetValue((received.Client, received.Room), out var earlier))
                    {
                        yield return (earlier, received);
                    }

                    last[(received.Client, received.Room)] = received;
                    break;
                case Synced synced:
                    live.Add((synced.Client, synced.Room));
                    break;
                case Following following:
                    live.Remove((following.Client, following.Room));
                    last.Remove((following.Client, following.Room));
                    break;
            }
        }
    }

    private static IEnumerable<(StoredEvent First, StoredEvent Second)> SameSender(RecordedRun run) =>
        Messages(run).GroupBy(e => (e.By, e.Room)).SelectMany(g => g.Zip(g.Skip(1)));

    /// <summary>Leavings, each with an event that came later and was none of the leaver's.</summary>
    private static IEnumerable<(Left Left, Received Received)> Leaks(RecordedRun run) =>
        from left in run.Entries.OfType<Left>()
        join stored in run.Store.Events on (left.Room, left.Seq + 1) equals (stored.Room, stored.Seq)
        where stored.By != left.Client.User
        select (left, new Received(left.Client, stored.Room, stored.Seq, stored.By, stored.Kind, stored.Cid, stored.Text));

    private static RecordedRun Double(RecordedRun run, StoredEvent row)
    {
        var head = run.Store.Rooms.Single(r => r.Name == row.Room).Head + 1;
        var rooms = run.Store.Rooms.Select(r => r.Name == row.Room ? r with { Head = head } : r);
        return run with { Store = new StoredLog([.. rooms], [.. run.Store.Events, row with { Seq = head }]) };
    }

    private static string AlterOne(string text, Random dice)
    {
        var at = dice.Next(text.Length);
        return string.Concat(text.AsSpan(0, at), text[at] == 'x' ? "y" : "x", text.AsSpan(at + 1));
    }
}
