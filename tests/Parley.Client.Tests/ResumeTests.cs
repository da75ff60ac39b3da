using Parley.Protocol;

namespace Parley.Client.Tests;

public sealed class ResumeTests : ChatClientTest
{
    [Fact]
    public async Task A_reconnect_names_epoch_and_cursors_and_goes_on_after_them()
    {
        var (client, connection) = await FollowingAsync();
        await connection.SendAsync(Wire.Events(1, 3));
        Assert.Equal(["1", "2", "3"], await ReadAsync(client, 3));
        connection.Cut();
        var (_, hello) = await Server.WelcomeAsync(then: "\n" + string.Join('\n', [.. Wire.Events(4, 5), Wire.Synced(5)]));
        Assert.Equal("e1", (string?)hello["epoch"]);
        Assert.Equal(3, (long?)hello["cursors"]!["lobby"]);
        Assert.Equal(["4", "5"], await ReadAsync(client, 2));
    }

    [Fact]
    public async Task Duplicates_are_dropped()
    {
        var (client, connection) = await FollowingAsync();
        await connection.SendAsync([.. Wire.Events(1, 3), .. Wire.Events(1, 4)]);
        Assert.Equal(["1", "2", "3", "4"], await ReadAsync(client, 4));
    }

    [Fact]
    public async Task A_jump_is_held_and_the_room_asked_for_again_from_the_cursor()
    {
        var (client, connection) = await FollowingAsync();
        await connection.SendAsync(Wire.Event(1), Wire.Event(4));
        var sub = await connection.ServeSubAsync(4, Wire.Events(2, 4));
        Assert.Equal(1, (long?)sub["after"]);
        Assert.Equal(["1", "2", "3", "4"], await ReadAsync(client, 4));
    }

    [Fact]
    public async Task What_was_skipped_is_reported_before_the_events_behind_it()
    {
        var (client, connection) = await FollowingAsync(after: 5);
        connection.Cut();
        await Server.WelcomeAsync(then: "\n" + string.Join('\n',
            [.. Wire.Events(2_001, 2_100), Wire.Synced(2_100, ""","skipped":{"from":6,"to":2000}""")]));
        Assert.Equal(["gap 6-2000", "2001", "2002"], await ReadAsync(client, 3));
    }

    [Fact]
    public async Task A_new_epoch_resets_the_room_and_later_cursors_are_of_the_new_one()
    {
        var (client, connection) = await FollowingAsync(after: 900);
        connection.Cut();
        (connection, _) = await Server.WelcomeAsync("e2", "\n" + string.Join('\n',
            Wire.Synced(7, ""","reset":true,"reason":"epoch" """), Wire.Event(8)));
        Assert.Equal(["reset epoch", "8"], await ReadAsync(client, 2));
        connection.Cut();
        var (_, hello) = await Server.WelcomeAsync("e2");
        Assert.Equal("e2", (string?)hello["epoch"]);
        Assert.Equal(8, (long?)hello["cursors"]!["lobby"]);
    }

    [Fact]
    public async Task A_room_that_is_gone_is_reported_and_not_asked_for_again()
    {
        var (client, connection) = await FollowingAsync(after: 3);
        await connection.SendAsync(Wire.Synced(0, ""","reset":true,"reason":"not_found" """));
        Assert.Equal(["reset not_found"], await ReadAsync(client, 1));
        connection.Cut();
        var (_, hello) = await Server.WelcomeAsync();
        Assert.Null(hello["cursors"]);
    }

    [Fact]
    public async Task A_new_process_goes_on_after_the_last_event_that_was_processed()
    {
        var (client, connection) = await FollowingAsync();
        await connection.SendAsync(Wire.Events(1, 3));
        await ReadAsync(client, 3);
        await client.DisposeAsync();

        // The third was handed over, but nobody asked for a fourth: it may not have been processed.
        var again = NewClient();
        var connecting = again.ConnectAsync();
        var (_, hello) = await Server.WelcomeAsync(then: "\n" + string.Join('\n', Wire.Event(3), Wire.Synced(3)));
        await Bounded(connecting);
        Assert.Equal(2, (long?)hello["cursors"]!["lobby"]);
        Assert.Equal("e1", (string?)hello["epoch"]);
        Assert.Equal(["3"], await ReadAsync(again, 1));
    }

    [Fact]
    public async Task Cursors_of_another_epoch_follow_as_sub_with_their_epoch()
    {
        Store.SetCursor("lobby", new Cursor("e1", 3));
        Store.SetCursor("ops", new Cursor("e1", 4));
        Store.SetCursor("team", new Cursor("e0", 9));
        _ = NewClient().ConnectAsync();
        var (connection, hello) = await Server.WelcomeAsync();
        Assert.Equal("""{"lobby":3,"ops":4}""", hello["cursors"]!.ToJsonString());
        var sub = await connection.ExpectAsync("sub");
        Assert.Equal(("team", 9L, "e0"), ((string?)sub["room"], (long?)sub["after"], (string?)sub["epoch"]));
    }

    [Fact]
    public async Task Five_hundred_rooms_do_not_make_the_hello_too_big()
    {
        for (var n = 0; n < 500; n++)
        {
            Store.SetCursor($"a-room-with-a-rather-long-id-{n:000}", new Cursor("e1", 1_000_000 + n));
        }

        _ = NewClient().ConnectAsync();
        var (connection, hello) = await Server.WelcomeAsync();
        var named = hello["cursors"]!.AsObject().Count;
        Assert.True(hello.ToJsonString().Length < 16_384);
        for (var n = named; n < 500; n++)
        {
            await connection.ExpectAsync("sub");
        }
    }

    [Fact]
    public async Task Subscribing_from_now_on_begins_at_the_head()
    {
        var (client, connection) = await LiveAsync();
        var subscribing = client.SubscribeAsync("lobby");
        var sub = await connection.ServeSubAsync(41);
        Assert.Null(sub["after"]);
        await Bounded(subscribing);
        await connection.SendAsync(Wire.Event(42));
        Assert.Equal(["42"], await ReadAsync(client, 1));
        Assert.Equal(41, Store.Load().Cursors["lobby"].Seq);
        Assert.True(client.SubscribeAsync("lobby").IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_refused_subscription_throws_and_is_not_followed()
    {
        var (client, connection) = await LiveAsync();
        var subscribing = client.SubscribeAsync("secret", 0);
        await connection.SendAsync(Wire.Error(await connection.ExpectAsync("sub"), "not_found"));
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<ChatException>(() => Bounded(subscribing))).Code);
        connection.Cut();
        var (_, hello) = await Server.WelcomeAsync();
        Assert.Null(hello["cursors"]);
    }

    [Fact]
    public async Task Unsubscribing_forgets_the_cursor()
    {
        var (client, connection) = await FollowingAsync(after: 3);
        var leaving = client.UnsubscribeAsync("lobby");
        await connection.SendAsync(Wire.Ok(await connection.ExpectAsync("unsub")));
        await Bounded(leaving);
        Assert.Empty(Store.Load().Cursors);
        connection.Cut();
        var (_, hello) = await Server.WelcomeAsync();
        Assert.Null(hello["cursors"]);
    }

    [Fact]
    public async Task A_consumer_that_does_not_read_holds_the_server_back_and_loses_nothing()
    {
        var (client, connection) = await FollowingAsync(change: o => o.EventBuffer = 4);
        var text = new string('x', 10_000);
        long sent = 0;
        using var flood = new CancellationTokenSource();
        var flooding = Task.Run(
            async () =>
            {
                while (!flood.IsCancellationRequested && sent < 20_000)
                {
                    await connection.SendAsync(Wire.Event(sent + 1, text));
                    Interlocked.Increment(ref sent);
                }
            },
            CancellationToken.None);

        // Held back: the kernel's buffers are full and no more goes out for a while.
        var before = -1L;
        var still = 0;
        while (still < 20)
        {
            still = before == Interlocked.Read(ref sent) && before > 4 ? still + 1 : 0;
            before = Interlocked.Read(ref sent);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.True(before < 20_000, "The client reads without bound.");
        }

        await flood.CancelAsync();
        var seen = await ReadAsync(client, (int)before);
        Assert.Equal(Enumerable.Range(1, (int)before).Select(n => $"{n}"), seen);
        await Bounded(flooding);
    }

    [Fact]
    public async Task A_consumer_may_await_an_answer_that_comes_behind_more_events_than_fit()
    {
        var (client, connection) = await FollowingAsync(change: o => o.EventBuffer = 4);
        await connection.SendAsync(Wire.Events(1, 4));
        var sending = client.SendAsync("lobby", "hello");
        var send = await connection.ExpectAsync("send");
        await connection.SendAsync(Wire.Events(5, 200));
        await connection.SendAsync(Wire.Stored(send, 201));
        Assert.Equal(201, (await Bounded(sending)).Seq);

        // 32 are held; the rest was let go, and is asked for again when there is room.
        var reading = ReadAsync(client, 200);
        var sub = await connection.ExpectAsync("sub");
        var after = (long)sub["after"]!;
        Assert.InRange(after, 4, 40);
        await connection.SendAsync([Wire.Ok(sub), .. Wire.Events(after + 1, 200), Wire.Synced(200)]);
        Assert.Equal(Enumerable.Range(1, 200).Select(n => $"{n}"), await Bounded(reading));
    }

    [Fact]
    public async Task Signals_are_yielded_and_unknown_messages_ignored_in_a_frame_of_several()
    {
        var (client, connection) = await FollowingAsync();
        await connection.SendAsync(
            """{"t":"hologram","room":"lobby"}""",
            Wire.Event(1),
            "",
            """{"t":"sig","k":"typing","room":"lobby","by":"bob","on":true,"mood":"new field"}""",
            """{"t":"ev","room":"lobby","seq":2,"ts":1,"by":"bob","k":"levitate"}""",
            Wire.Event(3));
        Assert.Equal(["1", "typing bob", "2", "3"], await ReadAsync(client, 4));
    }
}
