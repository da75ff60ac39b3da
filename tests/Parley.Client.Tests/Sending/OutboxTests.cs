using CsCheck;

namespace Parley.Client.Tests.Sending;

public sealed class OutboxTests
{
    private long lastRequest;

    [Fact]
    public void One_message_of_a_room_is_on_its_way_at_a_time()
    {
        var outbox = Filled(new Outbox(10, 1), "a", "b");
        Assert.Equal("a", Next(outbox)!.Cid);
        Assert.Null(Next(outbox));
        Assert.True(outbox.TryRemove(lastRequest - 1, out _));
        Assert.Equal("b", Next(outbox)!.Cid);
    }

    [Fact]
    public void Rooms_do_not_wait_for_each_other()
    {
        var outbox = new Outbox(10, 1);
        outbox.Add(new OutboxEntry("lobby", "a", ""));
        outbox.Add(new OutboxEntry("other", "b", ""));
        Assert.Equal("a", Next(outbox)!.Cid);
        Assert.Equal("b", Next(outbox)!.Cid);
    }

    [Fact]
    public void A_wider_window_pipelines_in_order()
    {
        var outbox = Filled(new Outbox(10, 3), "a", "b", "c", "d");
        Assert.Equal(["a", "b", "c"], [Next(outbox)!.Cid, Next(outbox)!.Cid, Next(outbox)!.Cid]);
        Assert.Null(Next(outbox));
    }

    [Fact]
    public void A_lost_connection_sends_all_that_was_on_its_way_again_in_order()
    {
        var outbox = Filled(new Outbox(10, 3), "a", "b", "c", "d");
        Next(outbox);
        Next(outbox);
        outbox.Disconnected();
        Assert.Equal(0, outbox.InFlight);
        Assert.Equal(["a", "b", "c"], [Next(outbox)!.Cid, Next(outbox)!.Cid, Next(outbox)!.Cid]);
    }

    [Fact]
    public void A_temporary_refusal_pauses_and_the_refused_goes_first()
    {
        var outbox = Filled(new Outbox(10, 1), "a", "b");
        var first = Next(outbox)!;
        Assert.True(outbox.TryPostpone(first.Request!.Value, until: 100));
        Assert.Null(Next(outbox, now: 99));
        Assert.Equal("a", Next(outbox, now: 100)!.Cid);
    }

    [Fact]
    public void A_full_outbox_admits_in_order_as_places_come_free()
    {
        var outbox = Filled(new Outbox(1, 1), "a", "b", "c");
        Assert.Equal(3, outbox.Count);
        Assert.Equal([true, false, false], outbox.Entries.Select(e => e.IsAdmitted));
        Assert.False(outbox.TryAdmitNext(out _));
        Next(outbox);
        outbox.TryRemove(lastRequest, out _);
        Assert.True(outbox.TryAdmitNext(out var next));
        Assert.Equal("b", next.Cid);
        Assert.False(outbox.TryAdmitNext(out _));
    }

    [Fact]
    public void Only_what_has_no_place_yet_can_be_taken_back()
    {
        var outbox = Filled(new Outbox(1, 1), "a", "b");
        Assert.False(outbox.TryWithdraw(outbox.Find("a")!));
        Assert.True(outbox.TryWithdraw(outbox.Find("b")!));
        Assert.Equal(1, outbox.Count);
    }

    [Fact]
    public void What_an_earlier_process_left_has_a_place_in_any_case()
    {
        var outbox = new Outbox(1, 1);
        outbox.Add(new OutboxEntry("lobby", "a", ""), restored: true);
        outbox.Add(new OutboxEntry("lobby", "b", ""), restored: true);
        Assert.All(outbox.Entries, e => Assert.True(e.IsAdmitted));
    }

    [Fact]
    public void The_oldest_on_its_way_is_known()
    {
        var outbox = Filled(new Outbox(10, 2), "a", "b");
        Assert.Null(outbox.OldestSentAt());
        Next(outbox, now: 7);
        Next(outbox, now: 9);
        Assert.Equal(7, outbox.OldestSentAt());
    }

    /// <summary>Against a server that cuts the line, loses answers and refuses for the moment, each message is stored once and in order.</summary>
    [Fact]
    public void With_a_window_of_one_the_log_has_each_message_once_and_in_order() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int).Sample(
            (count, seed) =>
            {
                var random = new Random(seed);
                var outbox = new Outbox(8, 1);
                var log = new List<string>();
                long now = 0;
                for (var n = 0; n < count; n++)
                {
                    outbox.Add(new OutboxEntry("lobby", $"{n}", ""));
                }

                while (outbox.Count > 0)
                {
                    now += 50;
                    if (Next(outbox, now) is not { } entry)
                    {
                        continue;
                    }

                    var request = entry.Request!.Value;
                    switch (random.Next(4))
                    {
                        case 0:
                            outbox.Disconnected();
                            break;
                        case 1:
                            outbox.TryPostpone(request, now + random.Next(200));
                            break;
                        default:
                            if (!log.Contains(entry.Cid, StringComparer.Ordinal))
                            {
                                log.Add(entry.Cid);
                            }

                            if (random.Next(3) == 0)
                            {
                                outbox.Disconnected();
                            }
                            else
                            {
                                outbox.TryRemove(request, out _);
                                outbox.TryAdmitNext(out _);
                            }

                            break;
                    }
                }

                return log.SequenceEqual(Enumerable.Range(0, count).Select(n => $"{n}"), StringComparer.Ordinal);
            });

    private OutboxEntry? Next(Outbox outbox, long now = 0) =>
        outbox.TrySendNext(now, ++lastRequest, out var entry) ? entry : null;

    private static Outbox Filled(Outbox outbox, params string[] cids)
    {
        foreach (var cid in cids)
        {
            outbox.Add(new OutboxEntry("lobby", cid, ""));
        }

        return outbox;
    }
}
