using Parley.Protocol;
using Parley.Server.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>An operation was refused, as a value: what to tell the client.</summary>
/// <param name="Code">Why.</param>
/// <param name="Message">For people.</param>
/// <param name="RetryAfter">When it may succeed; null: no use trying.</param>
internal sealed record Refusal(ErrorCode Code, string Message, TimeSpan? RetryAfter = null)
{
    public static Refusal NoRoom { get; } = new(ErrorCode.NotFound, "There is no such room.");

    public static Refusal NotMember { get; } = new(ErrorCode.NotMember, "Join the room first.");

    /// <summary>Why a write failed, for whoever asked for it: without the paths that are for the log.</summary>
    public static Refusal Of(StoreException e) =>
        new(e.Code, MessageOf(e), e.TakesNoWrites || e.Code.IsTemporary() ? TimeSpan.FromSeconds(1) : null);

    private static string MessageOf(StoreException e) => e switch
    {
        { TakesNoWrites: false } => e.Message,
        { Code: ErrorCode.Quota } => "The server's disk is full: nothing is stored until there is space; reading goes on.",
        { Code: ErrorCode.ReadOnly } => "The server's store cannot be written: nothing is stored until it can; reading goes on.",
        { Code: ErrorCode.Busy } => "The server's store is held by another program: nothing is stored until it lets go; reading goes on.",
        _ => "The server's store fails: nothing is stored until it is mended.",
    };
}

/// <summary>
/// Somebody who acts: a user, on one connection or in one HTTP request. What it may do is decided here, for every dialect.
/// </summary>
/// <remarks>
/// A visitor is a guest without a name of its choosing: a member of any public room for as long as its connection lasts,
/// unlisted, and stored only when it speaks; so that a thousand onlookers cost a room nothing.
/// </remarks>
internal sealed class Participant(UserRow user, ChatServices chat)
{
    private readonly bool _visitor = user.Id == 0;

    /// <summary>Who it is.</summary>
    public UserRow User { get; private set; } = user;

    /// <summary>The room of an id; null if there is none that it may know of.</summary>
    public Room? Find(string room) => chat.Rooms.Find(room);

    /// <summary>The same for an id in UTF-8.</summary>
    public Room? Find(ReadOnlySpan<byte> room) => chat.Rooms.Find(room);

    /// <summary>Whether it may read the room.</summary>
    public bool CanRead(Room room) => _visitor || room.Members.Contains(User.Id);

    /// <summary>The rooms it belongs to.</summary>
    public IReadOnlyList<Room> Rooms =>
        _visitor && chat.Rooms.Find(Names.Lobby) is { } lobby ? [lobby] : chat.Rooms.Of(User);

    /// <summary>Becomes a member, unless it is one. A visitor enters without a trace.</summary>
    public async ValueTask EnterAsync(Room room, CancellationToken cancellationToken)
    {
        if (!CanRead(room))
        {
            await AppendAsync(room, EventKind.Join, cancellationToken);
        }
    }

    /// <summary>Becomes a member, also as a visitor. Of one who is a member already nothing has to be stored.</summary>
    /// <returns>A seq at which it is a member.</returns>
    public async Task<long> JoinAsync(Room room, CancellationToken cancellationToken)
    {
        await EnsureStoredAsync(cancellationToken);
        return room.HeadOfMember(User.Id) ?? (await AppendAsync(room, EventKind.Join, cancellationToken)).Seq;
    }

    /// <summary>Ends the membership.</summary>
    public async Task<PendingEvent?> PartAsync(Room room, CancellationToken cancellationToken) =>
        User.Id == 0 ? null : await AppendAsync(room, EventKind.Part, cancellationToken);

    /// <summary>Creates a room and becomes its member.</summary>
    /// <returns>The room, or why not.</returns>
    public async Task<(Room? Room, Refusal? Refusal)> CreateAsync(string name, string? title, CancellationToken cancellationToken)
    {
        if (!Names.IsRoom(name))
        {
            return (null, new Refusal(ErrorCode.BadRequest, "A room id is 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or digit."));
        }

        if (title is { Length: > 64 })
        {
            return (null, new Refusal(ErrorCode.TooLarge, "A room's name has at most 64 characters."));
        }

        if (TakeToken() is { } refusal)
        {
            return (null, refusal);
        }

        await EnsureStoredAsync(cancellationToken);
        return await chat.Rooms.CreateAsync(name, title ?? name, User, cancellationToken) is { } room
            ? (room, null)
            : (null, new Refusal(ErrorCode.Conflict, "A room of this id exists; join it."));
    }

    /// <summary>
    /// Posts a message: returns when it is queued, in the order of calls; <see cref="PendingEvent.Done"/> is told when it is durable.
    /// </summary>
    /// <param name="room">The room.</param>
    /// <param name="message">Its text, and perhaps more; whose it is and when is set here. Not the caller's any more.</param>
    /// <param name="cancellationToken">Ends the waiting for a place in the queue.</param>
    /// <returns>Why it was refused, in which case nobody else is told; or null.</returns>
    public async ValueTask<Refusal?> PostAsync(Room room, PendingEvent message, CancellationToken cancellationToken)
    {
        var refusal = await QueueAsync(room, message, cancellationToken);
        if (refusal is not null)
        {
            message.Release();
        }

        return refusal;
    }

    private async ValueTask<Refusal?> QueueAsync(Room room, PendingEvent message, CancellationToken cancellationToken)
    {
        if (message.Text.IsEmpty)
        {
            return new Refusal(ErrorCode.BadRequest, "A message needs a text.");
        }

        if (message.Text.Length > chat.Sends.MaxTextBytes)
        {
            return new Refusal(ErrorCode.TooLarge, $"A text has at most {chat.Sends.MaxTextBytes} bytes; send it in parts.");
        }

        // Only the store can say who is a member when its turn has come, and what became of an earlier try of one who is none.
        if (message.Cid.IsEmpty && !CanRead(room))
        {
            return Refusal.NotMember;
        }

        if (TakeToken() is { } refusal)
        {
            return refusal;
        }

        try
        {
            await EnsureStoredAsync(cancellationToken);
            message.MembersOnly = !_visitor;
            message.Address(room, User, Now);
            await chat.Writer.AddAsync(message, cancellationToken);
            return null;
        }
        catch (StoreException e)
        {
            return Refusal.Of(e);
        }
    }

    private long Now => chat.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private Refusal? TakeToken()
    {
        var wait = chat.Limiter.Take(User.Name);
        return wait == TimeSpan.Zero ? null : new Refusal(ErrorCode.RateLimited, "That was too fast; wait a moment.", wait);
    }

    private async ValueTask EnsureStoredAsync(CancellationToken cancellationToken)
    {
        if (User.Id == 0)
        {
            User = await chat.Authenticator.EnsureGuestAsync(User.Name, cancellationToken);
        }
    }

    private async Task<PendingEvent> AppendAsync(Room room, string kind, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = new PendingEvent
        {
            Kind = kind,
            Done = (_, failure) =>
            {
                if (failure is null)
                {
                    done.TrySetResult();
                }
                else
                {
                    done.TrySetException(failure);
                }
            },
        };
        pending.Address(room, User, Now);
        await chat.Writer.AddAsync(pending, cancellationToken);
        await done.Task;
        return pending;
    }
}
