using Parley.Server.Storage;

namespace Parley.Contracts;

/// <content>Asking only what became of an earlier try.</content>
public abstract partial class EventStoreContract
{
    [Fact]
    public async Task One_who_may_not_write_learns_of_an_earlier_try_and_stores_nothing()
    {
        var store = await OpenAsync();
        var (ann, lobby) = (await GuestAsync(store, "ann"), await LobbyAsync(store));
        var first = await WriteAsync(store, Message(lobby, ann, "hello", "c1"));
        var (same, other, never) = (Repeat(lobby, ann, "hello", "c1"), Repeat(lobby, ann, "hallo", "c1"), Repeat(lobby, ann, "hello", "c2"));

        await store.WriteAsync([same, other, never], Cancel);

        Assert.Equal((AppendOutcome.Duplicate, first.Seq, first.Ts), (same.Outcome, same.Seq, same.Ts));
        Assert.Equal(AppendOutcome.Conflict, other.Outcome);
        Assert.Equal((AppendOutcome.Unchanged, 1L), (never.Outcome, never.Seq));
        Assert.Equal(["hello"], await TextsAsync(store, lobby));
    }

    private AppendEvent Repeat(RoomRow room, UserRow user, string text, string cid) => new()
    {
        RoomId = room.Id, UserId = user.Id, Kind = "msg", Text = System.Text.Encoding.UTF8.GetBytes(text), Cid = System.Text.Encoding.UTF8.GetBytes(cid), RepeatOnly = true, Ts = Tick(),
    };
}
