using System.Text;
using CsCheck;
using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Contracts;

/// <summary>What rooms and sessions rely on, whatever the store. Inherited by the tests of each <see cref="IEventStore"/>.</summary>
public abstract partial class EventStoreContract : StoreContract
{
    [Fact]
    public async Task A_new_store_holds_an_empty_lobby()
    {
        var lobby = Assert.Single(await (await OpenAsync()).ReadRoomsAsync(Cancel));

        Assert.Equal(new RoomRow(lobby.Id, "lobby", "Lobby", "public", Head: 0, Floor: 1), lobby);
    }

    [Fact]
    public async Task The_epoch_stays_over_reopening_and_differs_between_databases()
    {
        var (store, epoch) = await OpenWithEpochAsync();
        await store.DisposeAsync();
        var (_, again) = await OpenWithEpochAsync();
        var (_, other) = await OpenWithEpochAsync("other");

        Assert.Equal(16, epoch.Length);
        Assert.Equal(epoch, again);
        Assert.NotEqual(epoch, other);
    }

    [Fact]
    public async Task Seqs_begin_at_1_in_every_room_and_have_no_holes()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        var lobby = await LobbyAsync(store);
        var garden = Assert.IsType<RoomRow>(await RoomAsync(store, "garden", ann));

        var batch = Enumerable.Range(0, 90).Select(i => Message(i % 3 == 0 ? lobby : garden, ann, $"{i}")).ToArray();
        await store.WriteAsync(batch[..40], Cancel);
        await store.WriteAsync(batch[40..], Cancel);

        Assert.Equal(Enumerable.Range(1, 30).Select(static seq => (long)seq), await SeqsAsync(store, lobby));
        Assert.Equal(Enumerable.Range(1, 62).Select(static seq => (long)seq), await SeqsAsync(store, garden));
        Assert.Equal([30L, 62L], (await store.ReadRoomsAsync(Cancel)).OrderBy(static room => room.Head).Select(static room => room.Head));
    }

    [Fact]
    public async Task A_batch_is_stored_in_its_order_and_each_write_learns_its_place()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        var lobby = await LobbyAsync(store);
        var batch = Enumerable.Range(0, 500).Select(i => Message(lobby, ann, $"{i}", $"cid-{i}")).ToArray();

        await store.WriteAsync(batch, Cancel);

        Assert.All(batch, static write => Assert.Equal(AppendOutcome.Stored, write.Outcome));
        Assert.Equal(Enumerable.Range(1, 500).Select(static seq => (long)seq), batch.Select(static write => write.Seq));
        var stored = await store.ReadAsync(lobby.Id, 0, 1_000, AnySize, Cancel);
        Assert.Equal(
            batch.Select(static write => (write.Seq, write.Ts, "ann", "msg", Encoding.UTF8.GetString(write.Cid.Span), Encoding.UTF8.GetString(write.Text.Span))),
            stored.Select(static e => (e.Seq, e.Ts, e.By, e.Kind, Encoding.UTF8.GetString(e.Cid.Span), Text(e))));
    }

    [Fact]
    public async Task An_empty_batch_is_no_work()
    {
        var store = await OpenAsync();

        await store.WriteAsync([], Cancel);

        Assert.Empty(await TextsAsync(store, await LobbyAsync(store)));
    }

    [Fact]
    public async Task The_same_content_under_the_same_cid_is_a_duplicate_at_the_first_place()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        var lobby = await LobbyAsync(store);
        var first = await WriteAsync(store, Message(lobby, ann, "hello", "c1"));
        await WriteAsync(store, Message(lobby, ann, "more", "c2"));
        store = await ReopenAsync(store);

        var again = await WriteAsync(store, Message(lobby, ann, "hello", "c1"));
        var next = await WriteAsync(store, Message(lobby, ann, "next", "c3"));

        Assert.Equal((AppendOutcome.Duplicate, first.Seq, first.Ts), (again.Outcome, again.Seq, again.Ts));
        Assert.Equal((AppendOutcome.Stored, 3L), (next.Outcome, next.Seq));
        Assert.Equal(["hello", "more", "next"], await TextsAsync(store, lobby));
    }

    [Fact]
    public async Task Other_content_under_the_same_cid_is_a_conflict_and_takes_no_seq()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        var lobby = await LobbyAsync(store);
        var garden = Assert.IsType<RoomRow>(await RoomAsync(store, "garden", ann));
        await WriteAsync(store, Message(lobby, ann, "hello", "c1"));

        AppendEvent[] others =
        [
            Message(lobby, ann, "Hello", "c1"), Message(garden, ann, "hello", "c1"), Event(lobby, ann, "poll", "hello", "c1"),
            Event(lobby, ann, EventKind.Join, "hello", "c1"),
        ];
        await store.WriteAsync([.. others, Message(lobby, ann, "next")], Cancel);

        Assert.All(others, static write => Assert.Equal(AppendOutcome.Conflict, write.Outcome));
        Assert.Equal(["hello", "next"], await TextsAsync(store, lobby));
        Assert.Empty(await store.ReadMembersAsync(lobby.Id, Cancel));
    }

    [Fact]
    public async Task Duplicates_and_conflicts_are_found_within_one_batch()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        var lobby = await LobbyAsync(store);
        AppendEvent[] batch =
        [
            Message(lobby, ann, "a", "c1"), Message(lobby, ann, "a", "c1"), Message(lobby, ann, "b", "c1"), Message(lobby, ann, "c", "c2"),
        ];

        await store.WriteAsync(batch, Cancel);

        Assert.Equal(
            [AppendOutcome.Stored, AppendOutcome.Duplicate, AppendOutcome.Conflict, AppendOutcome.Stored],
            batch.Select(static write => write.Outcome));
        Assert.Equal((1L, batch[0].Ts), (batch[1].Seq, batch[1].Ts));
        Assert.Equal(["a", "c"], await TextsAsync(store, lobby));
    }

    [Fact]
    public async Task Two_users_may_use_the_same_cid()
    {
        var store = await OpenAsync();
        var (ann, bob, lobby) = (await GuestAsync(store, "ann"), await GuestAsync(store, "bob"), await LobbyAsync(store));

        await WriteAsync(store, Message(lobby, ann, "hello", "c1"));
        var second = await WriteAsync(store, Message(lobby, bob, "hello", "c1"));

        Assert.Equal((AppendOutcome.Stored, 2L), (second.Outcome, second.Seq));
    }

    [Fact]
    public async Task Joining_and_parting_keep_the_members_and_are_events()
    {
        var store = await OpenAsync();
        var (ann, bob, lobby) = (await GuestAsync(store, "ann"), await GuestAsync(store, "bob"), await LobbyAsync(store));

        await store.WriteAsync(
            [Event(lobby, ann, EventKind.Join), Event(lobby, bob, EventKind.Join), Event(lobby, ann, EventKind.Part)], Cancel);
        store = await ReopenAsync(store);

        Assert.Equal([bob], await store.ReadMembersAsync(lobby.Id, Cancel));
        Assert.Equal([lobby.Id], await store.ReadMembershipsAsync(bob.Id, Cancel));
        Assert.Empty(await store.ReadMembershipsAsync(ann.Id, Cancel));
        Assert.Equal(
            [("join", "ann", ""), ("join", "bob", ""), ("part", "ann", "")],
            (await store.ReadAsync(lobby.Id, 0, 10, AnySize, Cancel)).Select(static e => (e.Kind, e.By, Text(e))));
    }

    [Fact]
    public async Task A_user_is_found_by_name_without_regard_to_case_and_a_probe_changes_nothing()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "Ćma"), await LobbyAsync(store));

        await store.ProbeAsync(Cancel);
        await store.ProbeAsync(Cancel);

        Assert.Equal(ann, await store.ReadUserAsync("ćMA", Cancel));
        Assert.Null(await store.ReadUserAsync("bob", Cancel));
        Assert.Equal(lobby, await LobbyAsync(store));
    }

    [Fact]
    public async Task Joining_as_a_member_and_parting_as_none_change_nothing_and_return_the_head()
    {
        var store = await OpenAsync();
        var (ann, bob, lobby) = (await GuestAsync(store, "ann"), await GuestAsync(store, "bob"), await LobbyAsync(store));
        AppendEvent[] batch =
        [
            Event(lobby, bob, EventKind.Part), Event(lobby, ann, EventKind.Join), Message(lobby, ann, "hello"),
            Event(lobby, ann, EventKind.Join), Message(lobby, ann, "still here"),
        ];

        await store.WriteAsync(batch, Cancel);

        Assert.Equal(
            [
                (AppendOutcome.Unchanged, 0), (AppendOutcome.Stored, 1), (AppendOutcome.Stored, 2), (AppendOutcome.Unchanged, 2),
                (AppendOutcome.Stored, 3),
            ],
            batch.Select(static write => (write.Outcome, write.Seq)));
        Assert.Equal(["", "hello", "still here"], await TextsAsync(store, lobby));
    }

    [Fact]
    public async Task A_join_sent_again_under_its_cid_does_not_join_again()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        var join = await WriteAsync(store, Event(lobby, ann, EventKind.Join, cid: "c1"));
        await WriteAsync(store, Event(lobby, ann, EventKind.Part, cid: "c2"));

        var again = await WriteAsync(store, Event(lobby, ann, EventKind.Join, cid: "c1"));

        Assert.Equal((AppendOutcome.Duplicate, join.Seq, join.Ts), (again.Outcome, again.Seq, again.Ts));
        Assert.Empty(await store.ReadMembersAsync(lobby.Id, Cancel));
    }

    [Fact]
    public async Task A_created_room_begins_with_its_room_event_and_the_creators_join()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");

        var garden = Assert.IsType<RoomRow>(await RoomAsync(store, "garden", ann));

        Assert.Equal(new RoomRow(garden.Id, "garden", "garden's title", "public", Head: 2, Floor: 1), garden);
        Assert.Contains(garden, await store.ReadRoomsAsync(Cancel));
        Assert.Equal([ann], await store.ReadMembersAsync(garden.Id, Cancel));
        Assert.Equal(
            [(1L, "room", "ann", "garden's title"), (2L, "join", "ann", "")],
            (await store.ReadAsync(garden.Id, 0, 10, AnySize, Cancel)).Select(static e => (e.Seq, e.Kind, e.By, Text(e))));
    }

    [Fact]
    public async Task A_room_name_is_given_once_also_within_one_batch()
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        CreateRoom[] batch =
        [
            new() { Name = "garden", Title = "First", UserId = ann.Id, Ts = 1 },
            new() { Name = "garden", Title = "Second", UserId = ann.Id, Ts = 2 },
        ];

        await store.WriteAsync(batch, Cancel);

        Assert.Equal("First", batch[0].Created?.Title);
        Assert.Null(batch[1].Created);
        Assert.Null(await RoomAsync(store, "garden", ann));
        Assert.Null(await RoomAsync(store, "lobby", ann));
        Assert.Equal(2, (await store.ReadRoomsAsync(Cancel)).Count);
    }

    [Theory]
    [InlineData("Ann", "aNN")]
    [InlineData("Zoë", "ZOË")]
    [InlineData("ωμέγα", "ΩΜΈΓΑ")]
    public async Task A_guest_is_found_without_regard_to_case_and_keeps_its_first_spelling(string first, string second)
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, first);
        store = await ReopenAsync(store);

        var again = await GuestAsync(store, second);

        Assert.Equal(new UserRow(ann.Id, first, "guest"), again);
        Assert.NotEqual(ann.Id, (await GuestAsync(store, first + "2")).Id);
    }

    [Fact]
    public async Task A_page_ends_at_the_limit_or_after_the_event_that_fills_it()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        await store.WriteAsync([.. Enumerable.Range(1, 9).Select(i => Message(lobby, ann, new string('x', 10)))], Cancel);

        Assert.Equal([1, 2, 3, 4], await SeqsAsync(store, lobby, after: 0, limit: 4));
        Assert.Equal([5, 6, 7, 8, 9], await SeqsAsync(store, lobby, after: 4));
        Assert.Equal([5, 6], await SeqsAsync(store, lobby, after: 4, maxBytes: 20));
        Assert.Equal([5, 6, 7], await SeqsAsync(store, lobby, after: 4, maxBytes: 21));
        Assert.Equal([5], await SeqsAsync(store, lobby, after: 4, maxBytes: 1));
        Assert.Empty(await SeqsAsync(store, lobby, after: 9));
        Assert.Empty(await SeqsAsync(store, lobby, after: 0, limit: 0));
    }

    [Fact]
    public async Task Reading_back_returns_the_newest_before_a_seq_ascending()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        await store.WriteAsync([.. Enumerable.Range(1, 9).Select(i => Message(lobby, ann, new string('x', 10)))], Cancel);

        Assert.Equal([7, 8, 9], await SeqsBackAsync(store, lobby, before: long.MaxValue, limit: 3));
        Assert.Equal([4, 5, 6], await SeqsBackAsync(store, lobby, before: 7, limit: 3));
        Assert.Equal([5, 6], await SeqsBackAsync(store, lobby, before: 7, limit: 9, maxBytes: 11));
        Assert.Equal([1, 2], await SeqsBackAsync(store, lobby, before: 3, limit: 9));
        Assert.Empty(await SeqsBackAsync(store, lobby, before: 1, limit: 9));
    }

    [Fact]
    public async Task Text_comes_back_byte_for_byte()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "Łucja"), await LobbyAsync(store));
        string[] texts = ["héllo 👩‍👩‍👧‍👦 \u202e 你好", "line\r\n\ttab 'quote' \"double\" ; -- $x$ ?1", "nul\0inside", new string('ж', 8_192)];

        await store.WriteAsync([.. texts.Select((text, i) => Message(lobby, ann, text, $"c{i}"))], Cancel);
        var again = await WriteAsync(store, Message(lobby, ann, texts[2], "c2"));

        Assert.Equal(texts, await TextsAsync(store, lobby));
        Assert.Equal(AppendOutcome.Duplicate, again.Outcome);
    }

    [Fact]
    public async Task A_failed_batch_leaves_nothing_and_the_store_goes_on()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        var message = Message(lobby, ann, "hello", "c1");
        var join = Event(lobby, ann, EventKind.Join);
        var room = new CreateRoom { Name = "garden", Title = "Garden", UserId = ann.Id, Ts = Tick() };
        var guest = new EnsureGuest { Name = "bob", Ts = Tick() };
        var nowhere = Message(lobby with { Id = 999 }, ann, "hello");
        var nobody = Message(lobby, ann with { Id = 999 }, "hello");

        await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync([message, join, room, guest, nowhere], Cancel));
        await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync([message, join, room, guest, nobody], Cancel));

        Assert.Equal((AppendOutcome.None, 0L), (message.Outcome, message.Seq));
        Assert.Null(room.Created);
        Assert.Null(guest.User);
        Assert.Empty(await TextsAsync(store, lobby));
        Assert.Empty(await store.ReadMembersAsync(lobby.Id, Cancel));
        Assert.Equal([lobby], await store.ReadRoomsAsync(Cancel));
        await store.WriteAsync([message, join], Cancel);
        Assert.Equal([(AppendOutcome.Stored, 1), (AppendOutcome.Stored, 2)], [(message.Outcome, message.Seq), (join.Outcome, join.Seq)]);
    }

    [Fact]
    public async Task Reads_during_writes_see_whole_batches_only()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var seqs = await SeqsAsync(store, lobby);
                Assert.Equal(0, seqs.Count % 50);
                Assert.Equal(seqs.Count, seqs.Count == 0 ? 0 : seqs[^1]);
            }
        })).ToArray();
        for (var i = 0; i < 40; i++)
        {
            await store.WriteAsync([.. Enumerable.Range(0, 50).Select(_ => Message(lobby, ann, "x"))], Cancel);
            Assert.Equal((i + 1) * 50, (await store.ReadBackAsync(lobby.Id, long.MaxValue, 1, AnySize, Cancel))[0].Seq);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_cancelled_write_stores_nothing()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.WriteAsync([Message(lobby, ann, "x")], new CancellationToken(canceled: true)));

        Assert.Empty(await TextsAsync(store, lobby));
    }

    [Fact]
    public async Task A_store_may_be_disposed_twice_and_refuses_work_afterwards()
    {
        var store = await OpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.ReadRoomsAsync(Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.WriteAsync([], Cancel));
    }

    [Fact]
    public Task Any_batches_with_reopening_in_between_do_what_the_model_does()
    {
        var databases = 0;
        return EventStoreModel.Runs.SampleAsync(
            async run =>
            {
                var database = $"model-{Interlocked.Increment(ref databases)}";
                var store = await OpenAsync(database);
                var model = await EventStoreModel.StartAsync(store, Cancel);
                foreach (var (batch, reopen) in run)
                {
                    await model.WriteAndCompareAsync(store, batch, Cancel);
                    if (reopen)
                    {
                        store = await ReopenAsync(store, database);
                        await model.CompareAllAsync(store, Cancel);
                    }
                }

                await model.CompareAllAsync(store, Cancel);
                await store.DisposeAsync();
            },
            iter: 40,
            threads: 1,
            print: EventStoreModel.Print);
    }
}
