using CsCheck;
using Parley.Protocol;
using Parley.Protocol.Messages;

namespace Parley.Client.Tests.Rooms;

public sealed class RoomReplayTests
{
    private const string Epoch = "e1";

    private readonly List<Delivery> output = [];

    [Fact]
    public void The_next_event_is_handed_on_and_moves_the_cursor()
    {
        var room = Live(at: 5);
        room.Apply(Ev(6), Epoch, output);
        Assert.Equal(["6"], Seen());
        Assert.Equal(new Cursor(Epoch, 6), room.Cursor);
        Assert.Equal(new Cursor(Epoch, 6), output[^1].Cursor);
    }

    [Fact]
    public void An_event_at_or_below_the_cursor_is_dropped()
    {
        var room = Live(at: 5);
        room.Apply(Ev(5), Epoch, output);
        room.Apply(Ev(2), Epoch, output);
        Assert.Empty(Seen());
        Assert.False(room.WantsReplay);
    }

    [Fact]
    public void A_jump_outside_of_a_replay_is_held_and_asks_again_from_the_cursor()
    {
        var room = Live(at: 5);
        room.Apply(Ev(8), Epoch, output);
        Assert.Empty(Seen());
        Assert.True(room.WantsReplay);

        var sub = room.BeginBySub(1);
        Assert.Equal((5, Epoch), (sub.After!.Value, sub.Epoch!));
        room.Subscribed();
        room.Apply(Ev(6), Epoch, output);
        room.Apply(Ev(7), Epoch, output);
        room.Apply(Synced(8), Epoch, output);
        Assert.Equal(["6", "7", "8", "synced 8"], Seen());
        Assert.False(room.WantsReplay);
    }

    [Fact]
    public void A_jump_during_a_replay_waits_for_synced_and_the_gap_comes_first()
    {
        var room = new RoomReplay("lobby", new Cursor(Epoch, 5));
        room.BeginByHello();
        room.Apply(Ev(2001), Epoch, output);
        room.Apply(Ev(2002), Epoch, output);
        Assert.Empty(Seen());
        Assert.False(room.WantsReplay);

        room.Apply(Synced(2002) with { Skipped = new SeqRange { From = 6, To = 2000 } }, Epoch, output);
        Assert.Equal(["gap 6-2000", "2001", "2002", "synced 2002"], Seen());
    }

    [Fact]
    public void Live_events_may_come_before_synced()
    {
        var room = new RoomReplay("lobby", new Cursor(Epoch, 0));
        room.BeginByHello();
        foreach (var seq in (long[])[1, 2, 3])
        {
            room.Apply(Ev(seq), Epoch, output);
        }

        room.Apply(Synced(2), Epoch, output);
        Assert.Equal(["1", "2", "3", "synced 2"], Seen());
    }

    [Fact]
    public void A_reset_moves_the_cursor_to_the_head_and_is_reported()
    {
        var room = new RoomReplay("lobby", new Cursor("old", 900));
        room.BeginByHello();
        room.Apply(Synced(7) with { Reset = true, Reason = "epoch" }, Epoch, output);
        room.Apply(Ev(8), Epoch, output);
        Assert.Equal(["reset epoch 7", "synced 7", "8"], Seen());
        Assert.Equal(new Cursor(Epoch, 8), room.Cursor);
    }

    [Fact]
    public void Events_of_another_epoch_are_not_taken_for_the_next_ones()
    {
        var room = new RoomReplay("lobby", new Cursor("old", 7));
        room.BeginByHello();
        room.Apply(Ev(8), Epoch, output);
        Assert.Empty(Seen());
        room.Apply(Synced(7) with { Reset = true, Reason = "epoch" }, Epoch, output);
        Assert.Equal(["reset epoch 7", "8", "synced 7"], Seen());
    }

    [Fact]
    public void A_room_that_is_gone_ends_and_its_cursor_is_to_be_forgotten()
    {
        var room = new RoomReplay("lobby", new Cursor(Epoch, 7));
        room.BeginByHello();
        room.Apply(Synced(0) with { Reset = true, Reason = "not_found" }, Epoch, output);
        Assert.True(room.HasEnded);
        Assert.Null(output[^1].Cursor);
        Assert.Equal(["reset not_found 0"], Seen());
    }

    [Fact]
    public void Following_from_now_on_takes_the_head_of_synced_as_its_cursor()
    {
        var room = new RoomReplay("lobby", null);
        var sub = room.BeginBySub(1);
        Assert.Null(sub.After);
        room.Subscribed();
        room.Apply(Ev(42), Epoch, output);
        room.Apply(Synced(41), Epoch, output);
        Assert.Equal(["(41)", "42", "synced 41"], Seen());
    }

    [Fact]
    public void A_synced_before_the_answer_to_sub_belongs_to_an_older_replay()
    {
        var room = Live(at: 5);
        room.Apply(Ev(8), Epoch, output);
        room.BeginBySub(1);
        room.Apply(Synced(5), Epoch, output);
        Assert.False(room.WantsReplay);
        room.Subscribed();
        room.Apply(Synced(8), Epoch, output);
        Assert.True(room.WantsReplay);
    }

    [Fact]
    public void A_hole_that_three_replays_do_not_fill_is_reported_as_a_gap()
    {
        var room = Live(at: 5);
        room.Apply(Ev(8), Epoch, output);
        for (var replay = 0; replay < RoomReplay.FruitlessReplays; replay++)
        {
            Assert.True(room.WantsReplay);
            room.BeginBySub(replay);
            room.Subscribed();
            room.Apply(Synced(8), Epoch, output);
        }

        Assert.Equal(["gap 6-7", "8"], Seen());
        Assert.False(room.WantsReplay);
    }

    [Fact]
    public void What_is_let_go_is_ignored_until_the_next_replay_brings_it()
    {
        var room = Live(at: 5);
        room.LetGo();
        room.Apply(Ev(6), Epoch, output);
        room.Apply(Synced(6), Epoch, output);
        Assert.Empty(Seen());
        Assert.True(room.IsBehind && room.WantsReplay);
        Assert.Equal(5, room.BeginBySub(1).After);
        room.Apply(Ev(6), Epoch, output);
        Assert.Equal(["6"], Seen());
    }

    [Fact]
    public void At_most_a_thousand_are_held_and_the_rest_is_asked_for_again()
    {
        var room = new RoomReplay("lobby", new Cursor(Epoch, 0));
        room.BeginByHello();
        for (var seq = 2; seq <= 1_500; seq++)
        {
            room.Apply(Ev(seq), Epoch, output);
        }

        room.Apply(Ev(1), Epoch, output);
        room.Apply(Synced(1), Epoch, output);
        Assert.Equal(1_001, room.Cursor!.Value.Seq);
        Assert.True(room.WantsReplay);
    }

    /// <summary>
    /// Against a server that loses, doubles and swaps events at will and answers every sub from its log, the consumer
    /// sees 1, 2, 3 … to the end.
    /// </summary>
    [Fact]
    public void Whatever_the_line_does_each_event_comes_once_and_in_order() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int).Sample(
            (count, seed) =>
            {
                var random = new Random(seed);
                var seen = new List<Delivery>();
                var room = new RoomReplay("lobby", new Cursor(Epoch, 0));
                room.BeginByHello();
                room.Apply(Synced(0), Epoch, seen);
                for (long head = 1; head <= count; head++)
                {
                    foreach (var seq in Mangled(random, head, count))
                    {
                        room.Apply(Ev(seq), Epoch, seen);
                    }

                    if (random.Next(10) == 0)
                    {
                        room.Disconnected();
                        room.BeginByHello();
                        Replay(room, head, seen);
                    }
                }

                for (var round = 0; round < 5; round++)
                {
                    room.BeginBySub(round);
                    room.Subscribed();
                    Replay(room, count, seen);
                }

                var seqs = seen.Select(d => d.Event).OfType<RoomEvent>().Select(e => e.Event.Seq);
                return seqs.SequenceEqual(Enumerable.Range(1, count).Select(n => (long)n))
                    && !seen.Any(d => d.Event is RoomGap or RoomReset);
            });

    private static IEnumerable<long> Mangled(Random random, long head, long last) => random.Next(5) switch
    {
        0 => [],
        1 => [head, head],
        2 => [Math.Min(head + 1, last), head],
        _ => [head],
    };

    private static void Replay(RoomReplay room, long head, List<Delivery> seen)
    {
        for (var seq = room.Cursor!.Value.Seq + 1; seq <= head; seq++)
        {
            room.Apply(Ev(seq), Epoch, seen);
        }

        room.Apply(Synced(head), Epoch, seen);
    }

    private static RoomReplay Live(long at)
    {
        var room = new RoomReplay("lobby", new Cursor(Epoch, at));
        room.BeginByHello();
        room.Apply(Synced(at), Epoch, []);
        return room;
    }

    private static Event Ev(long seq) => new() { Room = "lobby", Seq = seq, Ts = 0, By = "ana", K = "msg", Text = "hi" };

    private static Synced Synced(long head) => new() { Room = "lobby", Head = head };

    private IEnumerable<string> Seen() => output.Select(d => d.Event switch
    {
        RoomEvent e => $"{e.Event.Seq}",
        RoomGap g => $"gap {g.From}-{g.To}",
        RoomReset r => $"reset {r.Reason} {r.Head}",
        RoomSynced s => $"synced {s.Head}",
        null => $"({d.Cursor!.Value.Seq})",
        _ => "?",
    });
}
