using Parley.Protocol;

namespace Parley.Faults.History.Tests;

public sealed class HistoryCheckerTests
{
    private static readonly ClientId Ann = new("ann");
    private static readonly ClientId Bob = new("bob");

    /// <summary>Ann and Bob talk in the garden; Ann's connection breaks, an ack is lost, a message gets lost; Bob leaves; Ann goes on.</summary>
    private static readonly StoredEvent[] Log =
    [
        new("garden", 1, "ann", EventKind.Join, null, null),
        new("garden", 2, "bob", EventKind.Join, null, null),
        new("garden", 3, "ann", EventKind.Message, "a1", "Hello"),
        new("garden", 4, "ann", EventKind.Message, "a2", "Anybody?"),
        new("garden", 5, "bob", EventKind.Message, "b1", "Yes, żółw 🐢"),
        new("garden", 6, "bob", EventKind.Part, null, null),
        new("garden", 7, "ann", EventKind.Message, "a4", "Alone"),
    ];

    private static readonly RecordedRun Clean = new(
    [
        new Begun(Ann), new Joining(Ann, "garden"), new Joined(Ann, "garden", 1),
        new Following(Ann, "garden", 0), Got(Ann, 1), new Synced(Ann, "garden", 1, 0, 0, null),
        new Begun(Bob), new Joining(Bob, "garden"), new Joined(Bob, "garden", 2),
        new Following(Bob, "garden", null), new Synced(Bob, "garden", 2, 0, 0, null),
        new Sent(Ann, "garden", "a1", "Hello"), new Acked(Ann, "garden", "a1", 3, false), Got(Bob, 3), Got(Ann, 2), Got(Ann, 3),
        new Sent(Ann, "garden", "a2", "Anybody?"), new Sent(Ann, "garden", "a3", "Lost"), new Ended(Ann),
        Got(Bob, 4), new Sent(Bob, "garden", "b1", "Yes, żółw 🐢"), Got(Bob, 5), new Acked(Bob, "garden", "b1", 5, false),
        new Begun(Ann), new Following(Ann, "garden", 3), Got(Ann, 4), Got(Ann, 5), new Synced(Ann, "garden", 5, 0, 0, null),
        new Sent(Ann, "garden", "a2", "Anybody?"), new Acked(Ann, "garden", "a2", 4, true),
        Got(Bob, 6), new Left(Bob, "garden", 6), Got(Ann, 6),
        new Sent(Ann, "garden", "a4", "Alone"), Got(Ann, 7), new Acked(Ann, "garden", "a4", 7, false),
    ],
    new StoredLog([new StoredRoom("garden", 1, 7)], Log));

    public static TheoryData<string> Forgeries { get; } = [.. Forgery.All.Select(s => s.Name)];

    [Fact]
    public void A_clean_history_passes() => Assert.Empty(HistoryChecker.Check(Clean));

    [Fact]
    public void Every_invariant_has_a_forgery() =>
        Assert.Equal(Enum.GetValues<Invariant>(), Forgery.All.Select(s => s.Breaks).Distinct().Order());

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void A_forgery_is_noticed_by_the_invariant_it_breaks(string name)
    {
        var forgery = Forgery.All.Single(s => s.Name == name);
        var broken = forgery.Apply(Clean, new Random(1));
        Assert.NotNull(broken);
        Assert.Contains(HistoryChecker.Check(broken), v => v.Invariant == forgery.Breaks);
    }

    [Fact]
    public void A_refused_message_has_the_place_of_its_next_try_and_what_was_sent_meanwhile_either_place()
    {
        // The second was sent after the first had been refused, got no answer, and went again behind it.
        Entry[] entries =
        [
            new Sent(Ann, "garden", "a1", "Hello"), new Refused(Ann, "garden", "a1"), new Sent(Ann, "garden", "a2", "Anybody?"),
            new Sent(Ann, "garden", "a1", "Hello"), new Sent(Ann, "garden", "a2", "Anybody?"),
            new Acked(Ann, "garden", "a1", 3, false), new Acked(Ann, "garden", "a2", 4, false),
        ];
        Assert.Empty(OrdersIn(entries, ["a1", "a2"]));
        Assert.Empty(OrdersIn(entries[..^2], ["a2", "a1"]));
        Assert.Single(OrdersIn([.. entries[..4], entries[5]], ["a1", "a2"])); // Without a second try the second came first.
    }

    [Fact]
    public void A_message_whose_repeat_was_refused_may_have_been_stored_by_its_first_try()
    {
        Entry[] entries =
        [
            new Sent(Ann, "garden", "a1", "Hello"), new Sent(Ann, "garden", "a1", "Hello"), new Refused(Ann, "garden", "a1"),
            new Sent(Ann, "garden", "a2", "Anybody?"), new Acked(Ann, "garden", "a2", 4, false),
            new Sent(Ann, "garden", "a1", "Hello"), new Acked(Ann, "garden", "a1", 3, true),
        ];
        Assert.Empty(OrdersIn(entries, ["a1", "a2"]));
        Assert.Single(OrdersIn([.. entries[..^1], new Acked(Ann, "garden", "a1", 3, false)], ["a1", "a2"])); // It was told that it is new.
    }

    [Fact]
    public void A_replay_cut_short_passes_when_it_says_so()
    {
        Assert.Empty(HistoryChecker.Check(Skipping(from: 4, to: 5)));
        Assert.Equal(Invariant.I3, Assert.Single(HistoryChecker.Check(Skipping(from: 0, to: 0))).Invariant);
        Assert.Equal(Invariant.I3, Assert.Single(HistoryChecker.Check(Skipping(from: 4, to: 4))).Invariant);
    }

    [Fact]
    public void A_replay_that_the_connection_did_not_survive_announces_nothing()
    {
        var run = Skipping(from: 4, to: 5);
        Assert.Empty(HistoryChecker.Check(run with { Entries = [.. run.Entries.SkipLast(1), new Ended(Bob)] }));
    }

    [Fact]
    public void A_subscriber_that_is_not_caught_up_at_the_end_is_noticed() =>
        Assert.Equal(
            Invariant.I3,
            Assert.Single(HistoryChecker.Check(Clean.WithoutEntry(Clean.Entries.OfType<Received>().Last()))).Invariant);

    [Fact]
    public void A_replay_without_an_end_is_noticed() =>
        Assert.Equal(
            Invariant.I3,
            Assert.Single(HistoryChecker.Check(Clean.WithoutEntry(Clean.Entries.OfType<Synced>().Last()))).Invariant);

    [Fact]
    public void A_head_beyond_the_log_is_noticed()
    {
        var synced = Clean.Entries.OfType<Synced>().First();
        Assert.Contains(
            HistoryChecker.Check(Clean.WithEntry(synced, synced with { Head = 8 })),
            v => v.Invariant == Invariant.I6);
    }

    [Fact]
    public void Events_of_no_room_are_noticed() =>
        Assert.Contains(
            HistoryChecker.Check(Clean with { Store = Clean.Store with { Rooms = [] } }),
            v => v.Invariant == Invariant.I6 && v.Evidence.Contains("no such room", StringComparison.Ordinal));

    [Fact]
    public void A_client_that_resumes_beyond_what_it_holds_hides_nothing() =>
        Assert.Contains(
            HistoryChecker.Check(Clean.WithEntry(Clean.Entries.OfType<Following>().Last(), new Following(Ann, "garden", 4))),
            v => v.Evidence.Contains("resumes", StringComparison.Ordinal));

    [Fact]
    public void A_reset_without_need_is_noticed()
    {
        var synced = Clean.Entries.OfType<Synced>().Last();
        Assert.Contains(
            HistoryChecker.Check(Clean.WithEntry(synced, synced with { Reset = "epoch" })),
            v => v.Invariant == Invariant.I3);
    }

    [Fact]
    public void An_acked_membership_that_the_log_does_not_know_is_noticed()
    {
        var joined = Clean.Entries.OfType<Joined>().Last();
        var left = Clean.Entries.OfType<Left>().Last();
        Assert.Contains(HistoryChecker.Check(Clean.WithEntry(joined, joined with { Seq = 1 })), v => v.Invariant == Invariant.I1);
        Assert.Contains(HistoryChecker.Check(Clean.WithEntry(left, left with { Seq = 5 })), v => v.Invariant == Invariant.I1);
    }

    [Fact]
    public void A_dup_flag_tells_the_truth()
    {
        var acks = Clean.Entries.OfType<Acked>().ToList();
        Assert.Equal(Invariant.I6, Assert.Single(HistoryChecker.Check(Clean.WithEntry(acks[0], acks[0] with { Dup = true }))).Invariant);
        Assert.Equal(Invariant.I2, Assert.Single(HistoryChecker.Check(Clean.WithEntry(acks[0], acks[0], acks[0]))).Invariant);
    }

    [Fact]
    public void A_refused_message_takes_the_place_of_its_next_try()
    {
        Entry[] sends = [new Sent(Ann, "garden", "a1", "Hello"), new Sent(Ann, "garden", "a2", "Anybody?")];
        StoredEvent[] log = [Log[0], Log[3] with { Seq = 2 }, Log[2]];
        var store = new StoredLog([new StoredRoom("garden", 1, 3)], log);
        Assert.Equal(Invariant.I4, Assert.Single(HistoryChecker.Check(new RecordedRun(sends, store))).Invariant);
        Assert.Empty(HistoryChecker.Check(new RecordedRun([.. sends, new Refused(Ann, "garden", "a1"), sends[0]], store)));
    }

    [Fact]
    public void A_message_of_which_a_try_failed_may_stand_before_or_after_others()
    {
        Entry[] sends = [new Sent(Ann, "garden", "a1", "Hello"), new Failed(Ann, "garden", "a1"), new Sent(Ann, "garden", "a2", "Anybody?"), new Sent(Ann, "garden", "a1", "Hello")];
        var rooms = new[] { new StoredRoom("garden", 1, 3) };
        Assert.Empty(HistoryChecker.Check(new RecordedRun(sends, new StoredLog(rooms, [Log[0], Log[2] with { Seq = 2 }, Log[3] with { Seq = 3 }]))));
        Assert.Empty(HistoryChecker.Check(new RecordedRun(sends, new StoredLog(rooms, [Log[0], Log[3] with { Seq = 2 }, Log[2] with { Seq = 3 }]))));
    }

    [Fact]
    public void A_line_is_stored_once_or_not_at_all_and_none_is_invented()
    {
        Entry[] lines = [new Said(Ann, "garden", "Hello"), new Said(Ann, "garden", "Anybody?")];
        var hello = new StoredEvent("garden", 2, "ann", EventKind.Message, null, "Hello");
        Assert.Empty(HistoryChecker.Check(new RecordedRun(lines, new StoredLog([new StoredRoom("garden", 1, 2)], [Log[0], hello]))));
        Assert.Equal(
            Invariant.I5,
            Assert.Single(HistoryChecker.Check(new RecordedRun(lines, new StoredLog([new StoredRoom("garden", 1, 3)], [Log[0], hello, hello with { Seq = 3 }])))).Invariant);
        Assert.Equal(
            Invariant.I6,
            Assert.Single(HistoryChecker.Check(new RecordedRun([], new StoredLog([new StoredRoom("garden", 1, 2)], [Log[0], hello])))).Invariant);
    }

    [Fact]
    public void After_a_client_stopped_following_nothing_more_comes()
    {
        var last = Clean.Entries.OfType<Received>().Last();
        Assert.Equal(
            Invariant.I3,
            Assert.Single(HistoryChecker.Check(Clean.WithEntry(last, new Unfollowed(Ann, "garden"), last))).Invariant);
        Assert.Empty(HistoryChecker.Check(Clean.WithEntry(last, new Unfollowed(Ann, "garden"))));
    }

    /// <summary>Bob, a member, comes back when 5 events are waiting, and gets the last two.</summary>
    private static RecordedRun Skipping(long from, long to)
    {
        StoredEvent[] log =
        [
            .. Log[..2],
            .. Enumerable.Range(3, 5).Select(seq => new StoredEvent("garden", seq, "ann", EventKind.Message, $"a{seq}", $"Text {seq}")),
        ];
        var store = new StoredLog([new StoredRoom("garden", 1, 7)], log);
        var sends = log.Where(e => e.Cid is not null).Select(e => new Sent(Ann, "garden", e.Cid!, e.Text!)); // Not null: a message has both.
        return new RecordedRun(
            [.. sends, new Begun(Bob), new Following(Bob, "garden", 3), GotOf(Bob, log[5]), GotOf(Bob, log[6]), new Synced(Bob, "garden", 7, from, to, null)],
            store);
    }

    private static Received Got(ClientId client, int seq) => GotOf(client, Log[seq - 1]);

    private static Received GotOf(ClientId client, StoredEvent stored) =>
        new(client, stored.Room, stored.Seq, stored.By, stored.Kind, stored.Cid, stored.Text);

    private static IEnumerable<Violation> OrdersIn(Entry[] entries, string[] stored)
    {
        var log = stored.Select((cid, i) => new StoredEvent("garden", 3 + i, "ann", EventKind.Message, cid, cid == "a1" ? "Hello" : "Anybody?"));
        return HistoryChecker.Check(new RecordedRun(entries, new StoredLog([], [.. log]))).Where(v => v.Invariant == Invariant.I4);
    }
}
