using Parley.Protocol;

namespace Parley.Client.Tests.State;

/// <summary>What every <see cref="IClientState"/> does.</summary>
public abstract class ClientStateContract
{
    /// <summary>A store, and a way to open the same one again.</summary>
    protected abstract IClientState Open();

    /// <summary>Opens again what <paramref name="state"/> has flushed.</summary>
    protected abstract IClientState Reopen(IClientState state);

    [Fact]
    public void A_new_store_is_empty()
    {
        var saved = Open().Load();
        Assert.Empty(saved.Cursors);
        Assert.Empty(saved.Unsent);
    }

    [Fact]
    public async Task Cursors_and_messages_are_there_after_a_flush_and_in_order()
    {
        var state = Open();
        state.SetCursor("lobby", new Cursor("e1", 3));
        state.SetCursor("lobby", new Cursor("e1", 4));
        state.SetCursor("team", new Cursor("e0", 9));
        state.AddUnsent(new UnsentMessage("lobby", "b", "first ☕"));
        state.AddUnsent(new UnsentMessage("lobby", "a", "second\n"));
        await state.FlushAsync(TestContext.Current.CancellationToken);

        var saved = Reopen(state).Load();
        Assert.Equal(new Cursor("e1", 4), saved.Cursors["lobby"]);
        Assert.Equal(new Cursor("e0", 9), saved.Cursors["team"]);
        Assert.Equal([new("lobby", "b", "first ☕"), new("lobby", "a", "second\n")], saved.Unsent);
    }

    [Fact]
    public async Task What_is_removed_is_gone()
    {
        var state = Open();
        state.SetCursor("lobby", new Cursor("e1", 3));
        state.AddUnsent(new UnsentMessage("lobby", "a", "x"));
        state.AddUnsent(new UnsentMessage("lobby", "b", "y"));
        await state.FlushAsync(TestContext.Current.CancellationToken);
        state.RemoveCursor("lobby");
        state.RemoveUnsent("a");
        await state.FlushAsync(TestContext.Current.CancellationToken);

        var saved = Reopen(state).Load();
        Assert.Empty(saved.Cursors);
        Assert.Equal(["b"], saved.Unsent.Select(m => m.Cid));
    }

    [Fact]
    public void Removing_what_is_not_there_and_adding_twice_do_nothing()
    {
        var state = Open();
        state.RemoveCursor("lobby");
        state.RemoveUnsent("a");
        state.AddUnsent(new UnsentMessage("lobby", "a", "x"));
        state.AddUnsent(new UnsentMessage("lobby", "a", "y"));
        Assert.Equal(["x"], state.Load().Unsent.Select(m => m.Text));
    }
}

public sealed class MemoryClientStateTests : ClientStateContract
{
    protected override IClientState Open() => new MemoryClientState();

    protected override IClientState Reopen(IClientState state) => state;
}
