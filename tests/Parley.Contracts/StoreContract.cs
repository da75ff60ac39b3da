using System.Text;
using Parley.Protocol;
using Parley.Server.Storage;

namespace Parley.Contracts;

/// <summary>What every store's tests share: databases by name, and short ways to write.</summary>
public abstract class StoreContract : IAsyncDisposable
{
    /// <summary>Size bound that no test reaches by accident.</summary>
    protected const int AnySize = int.MaxValue;

    private readonly List<IEventStore> _opened = [];
    private long _clock = 1_700_000_000_000;

    /// <summary>The running test's.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A store on one of this test's databases, not yet opened. The same name is the same database.</summary>
    private protected abstract IEventStore Create(string database);

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var store in _opened)
        {
            await store.DisposeAsync();
        }
    }

    private protected async Task<IEventStore> OpenAsync(string database = "main")
    {
        var (store, _) = await OpenWithEpochAsync(database);
        return store;
    }

    private protected async Task<(IEventStore Store, string Epoch)> OpenWithEpochAsync(string database = "main")
    {
        var store = Create(database);
        _opened.Add(store);
        return (store, await store.OpenAsync(Cancel));
    }

    private protected async Task<IEventStore> ReopenAsync(IEventStore store, string database = "main")
    {
        await store.DisposeAsync();
        return await OpenAsync(database);
    }

    private protected static async Task<RoomRow> LobbyAsync(IEventStore store) =>
        Assert.Single(await store.ReadRoomsAsync(Cancel), static room => room.Name is Names.Lobby);

    private protected async Task<UserRow> GuestAsync(IEventStore store, string name)
    {
        var write = new EnsureGuest { Name = name, Ts = Tick() };
        await store.WriteAsync([write], Cancel);
        return write.User ?? throw new InvalidOperationException("The store left the user out.");
    }

    private protected async Task<RoomRow?> RoomAsync(IEventStore store, string name, UserRow creator)
    {
        var write = new CreateRoom { Name = name, Title = name + "'s title", UserId = creator.Id, Ts = Tick() };
        await store.WriteAsync([write], Cancel);
        return write.Created;
    }

    private protected AppendEvent Message(RoomRow room, UserRow user, string text, string? cid = null) =>
        Event(room, user, EventKind.Message, text, cid);

    private protected AppendEvent Event(RoomRow room, UserRow user, string kind, string text = "", string? cid = null) => new()
    {
        RoomId = room.Id, UserId = user.Id, Kind = kind, Text = Encoding.UTF8.GetBytes(text), Cid = Encoding.UTF8.GetBytes(cid ?? ""), Ts = Tick(),
    };

    private protected static async Task<AppendEvent> WriteAsync(IEventStore store, AppendEvent write)
    {
        await store.WriteAsync([write], Cancel);
        return write;
    }

    private protected static async Task<string[]> TextsAsync(IEventStore store, RoomRow room) =>
        [.. (await store.ReadAsync(room.Id, 0, int.MaxValue, AnySize, Cancel)).Select(Text)];

    private protected static async Task<IReadOnlyList<long>> SeqsAsync(
        IEventStore store, RoomRow room, long after = 0, int limit = 100_000, int maxBytes = AnySize) =>
        [.. (await store.ReadAsync(room.Id, after, limit, maxBytes, Cancel)).Select(static stored => stored.Seq)];

    private protected static async Task<IReadOnlyList<long>> SeqsBackAsync(
        IEventStore store, RoomRow room, long before, int limit, int maxBytes = AnySize) =>
        [.. (await store.ReadBackAsync(room.Id, before, limit, maxBytes, Cancel)).Select(static stored => stored.Seq)];

    private protected static string Text(StoredEvent stored) => Encoding.UTF8.GetString(stored.Text.Span);

    private protected long Tick() => ++_clock;
}
