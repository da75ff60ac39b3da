using System.Text;
using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Contracts;

/// <content>What only members may write.</content>
public abstract partial class EventStoreContract
{
    [Fact]
    public async Task What_only_members_may_write_is_refused_to_others_and_leaves_the_rest_of_the_batch_alone()
    {
        var store = await OpenAsync();
        var (ann, bob, lobby) = (await GuestAsync(store, "ann"), await GuestAsync(store, "bob"), await LobbyAsync(store));
        var (early, join, late, stranger) = (
            OfMember(lobby, ann, "too early"), Event(lobby, ann, EventKind.Join), OfMember(lobby, ann, "hello"), OfMember(lobby, bob, "hallo", "c1"));

        await store.WriteAsync([early, join, late, stranger], Cancel);

        Assert.Equal((AppendOutcome.NotMember, 0L), (early.Outcome, early.Seq));
        Assert.Equal((AppendOutcome.Stored, 2L), (late.Outcome, late.Seq));
        Assert.Equal((AppendOutcome.NotMember, 2L), (stranger.Outcome, stranger.Seq));
        Assert.Equal(["", "hello"], await TextsAsync(store, lobby));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_its_author_sends_behind_a_leaving_is_refused(bool inOneBatch)
    {
        var store = await OpenAsync();
        var ann = await GuestAsync(store, "ann");
        var den = await RoomAsync(store, "den", ann) ?? throw new InvalidOperationException("The name is free.");
        var (before, part, after) = (OfMember(den, ann, "before", "c1"), Event(den, ann, EventKind.Part), OfMember(den, ann, "after", "c2"));

        foreach (var batch in inOneBatch ? (StoreWrite[][])[[before, part, after]] : [[before], [part], [after]])
        {
            await store.WriteAsync(batch, Cancel);
        }

        Assert.Equal((AppendOutcome.Stored, AppendOutcome.Stored, AppendOutcome.NotMember), (before.Outcome, part.Outcome, after.Outcome));
        Assert.Equal([1, 2, 3, 4], await SeqsAsync(store, den));
    }

    [Fact]
    public async Task One_who_has_left_learns_of_an_earlier_try_and_stores_nothing()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        await WriteAsync(store, Event(lobby, ann, EventKind.Join));
        var first = await WriteAsync(store, OfMember(lobby, ann, "hello", "c1"));
        await WriteAsync(store, Event(lobby, ann, EventKind.Part));
        var (same, other, never) = (OfMember(lobby, ann, "hello", "c1"), OfMember(lobby, ann, "hallo", "c1"), OfMember(lobby, ann, "hello", "c2"));

        await store.WriteAsync([same, other, never], Cancel);

        Assert.Equal((AppendOutcome.Duplicate, first.Seq, first.Ts), (same.Outcome, same.Seq, same.Ts));
        Assert.Equal(AppendOutcome.Conflict, other.Outcome);
        Assert.Equal((AppendOutcome.NotMember, 3L), (never.Outcome, never.Seq));
        Assert.Equal(["", "hello", ""], await TextsAsync(store, lobby));
    }

    [Fact]
    public async Task A_guest_enters_the_room_it_is_given_when_it_is_created_and_only_then()
    {
        var store = await OpenAsync();
        var (lobby, ts) = (await LobbyAsync(store), Tick());
        var (first, again) = (new EnsureGuest { Name = "ann", HomeId = lobby.Id, Ts = ts }, new EnsureGuest { Name = "Ann", HomeId = lobby.Id, Ts = Tick() });

        await store.WriteAsync([first, again], Cancel);
        await WriteAsync(store, Event(lobby, first.User!, EventKind.Part)); // Not null: it was written.
        await store.WriteAsync([again], Cancel);

        Assert.Equal((1L, 0L, first.User), (first.JoinSeq, again.JoinSeq, again.User));
        Assert.Empty(await store.ReadMembersAsync(lobby.Id, Cancel));
        var log = await store.ReadAsync(lobby.Id, 0, 10, AnySize, Cancel);
        Assert.Equal([(1, ts, "ann", "join"), (2, log[1].Ts, "ann", "part")], log.Select(e => (e.Seq, e.Ts, e.By, e.Kind)));
    }

    private AppendEvent OfMember(RoomRow room, UserRow user, string text, string? cid = null) => new()
    {
        RoomId = room.Id, UserId = user.Id, Kind = EventKind.Message, Text = Encoding.UTF8.GetBytes(text), Cid = Encoding.UTF8.GetBytes(cid ?? ""), MembersOnly = true, Ts = Tick(),
    };
}
