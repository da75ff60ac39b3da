using System.Globalization;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <content>What one may ask of the server.</content>
/// <remarks>All but <see cref="SendAsync"/> fail with <see cref="ErrorCode.Busy"/> when there is no connection, when it is lost before the answer, or after <see cref="ChatClientOptions.RequestTimeout"/>; they are not repeated.</remarks>
public sealed partial class ChatClient
{
    /// <summary>
    /// Follows a room from now on, over reconnects and, with a lasting state store, restarts. Does nothing if the room
    /// is followed already, also from the state store, unless <paramref name="after"/> is given.
    /// </summary>
    /// <param name="room">Room id.</param>
    /// <param name="after">Seq of the last event held; the events after it are replayed. Null: only what comes from now on.</param>
    /// <exception cref="ChatException">Refused, or not answered; the room is followed as before.</exception>
    public async Task SubscribeAsync(string room, long? after = null, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        ArgumentOutOfRangeException.ThrowIfNegative(after ?? 0, nameof(after));
        session.EnsureLoaded();
        if (after is null && session.Follows(room))
        {
            return;
        }

        var connection = Live();
        var request = session.Follow(room, after, out var undo);
        await RequestAsync(connection, request, undo, cancellationToken);
    }

    /// <summary>Stops following a room and forgets its cursor, also without a connection. What is buffered is still yielded.</summary>
    /// <exception cref="ChatException">Refused, or not answered. Here the room is not followed nevertheless, nor after a reconnect.</exception>
    public async Task UnsubscribeAsync(string room, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        session.EnsureLoaded();
        session.Unfollow(room);
        if (Volatile.Read(ref live) is { } connection)
        {
            await RequestAsync(connection, new Unsubscribe { Id = session.NextId(), Room = room }, null, cancellationToken);
        }
    }

    /// <summary>Creates a public room and becomes its member.</summary>
    /// <param name="room">Its id; see <see cref="Names.IsRoom"/>.</param>
    /// <param name="name">Display name, at most 64 characters. Default: the id.</param>
    /// <exception cref="ChatException"><see cref="ErrorCode.Conflict"/>: the id is taken.</exception>
    public Task CreateRoomAsync(string room, string? name = null, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        return RequestAsync(id => new CreateRoom { Id = id, Room = room, Name = name }, cancellationToken);
    }

    /// <summary>Becomes a member. Idempotent. Does not follow the room.</summary>
    /// <exception cref="ChatException"><see cref="ErrorCode.NotFound"/> or <see cref="ErrorCode.Forbidden"/>.</exception>
    public Task JoinAsync(string room, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        return RequestAsync(id => new JoinRoom { Id = id, Room = room }, cancellationToken);
    }

    /// <summary>Ends the membership and stops following the room. Idempotent.</summary>
    /// <exception cref="ChatException">Refused, or not answered.</exception>
    public async Task PartAsync(string room, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        await RequestAsync(id => new PartRoom { Id = id, Room = room }, cancellationToken);
        session.Unfollow(room);
    }

    /// <summary>
    /// Sends one message and waits until the room's log holds it, over reconnects. It goes to the outbox first, and from
    /// there again, in order and under the same cid, until the server has answered. The order of calls is the order in
    /// the room; see <see cref="ChatClientOptions.SendWindow"/>.
    /// </summary>
    /// <param name="room">Room id.</param>
    /// <param name="text">1 to 16,384 bytes of UTF-8, or as <see cref="Limits"/> says.</param>
    /// <param name="cid">Idempotency key; see <see cref="Names.IsCid(ReadOnlySpan{char})"/>. Default: 128 random bits.</param>
    /// <param name="cancellationToken">You stopped waiting; the message stays in the outbox and is sent, unless the outbox was full and it had no place yet.</param>
    /// <returns>Its place in the log. Sending again with the same <paramref name="cid"/> returns the same place.</returns>
    /// <exception cref="ChatException">
    /// Refused for good, for example <see cref="ErrorCode.NotMember"/> or <see cref="ErrorCode.Conflict"/>: it has left the
    /// outbox. With <see cref="ChatException.CloseCode"/>: the client has closed, and the message stays in the state store.
    /// </exception>
    public Task<SentMessage> SendAsync(string room, string text, string? cid = null, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        ArgumentException.ThrowIfNullOrEmpty(text);
        if (cid is not null && !Names.IsCid(cid))
        {
            throw new ArgumentException("A cid has 1 to 64 of A-Z a-z 0-9 _ -.", nameof(cid));
        }

        return session.SendAsync(room, text, cid, cancellationToken);
    }

    /// <summary>Reads a page of a room's past. Give at most one of <paramref name="before"/>, <paramref name="after"/>, <paramref name="around"/>.</summary>
    /// <param name="room">Room id.</param>
    /// <param name="before">Events with a smaller seq, the newest of them. Default, if none is given: the newest of all.</param>
    /// <param name="after">Events with a greater seq, the oldest of them.</param>
    /// <param name="around">Events about this seq, half of the page on either side.</param>
    /// <param name="limit">Most events in the page: 1 to 200. Default 50.</param>
    /// <exception cref="ChatException"><see cref="ErrorCode.NotFound"/> or <see cref="ErrorCode.NotMember"/>.</exception>
    public async Task<HistoryPage> ReadHistoryAsync(
        string room,
        long? before = null,
        long? after = null,
        long? around = null,
        int limit = 50,
        CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 200);
        if ((before is null ? 0 : 1) + (after is null ? 0 : 1) + (around is null ? 0 : 1) > 1)
        {
            throw new ArgumentException("Give one of before, after and around.", nameof(around));
        }

        var newest = before is null && after is null && around is null;
        var ok = await RequestAsync(
            id => new History
            {
                Id = id,
                Room = room,
                Before = newest ? MaxSeq : before,
                After = after,
                Around = around,
                Limit = limit,
            },
            cancellationToken);
        return new HistoryPage(ok.Msgs ?? [], ok.Covers, ok.Asof ?? 0, ok.Floor ?? 1, ok.More == true);
    }

    /// <summary>Reads a page of a room's members.</summary>
    /// <param name="room">Room id.</param>
    /// <param name="page">Page number, from 0; a page holds up to 200 in order of name.</param>
    /// <exception cref="ChatException"><see cref="ErrorCode.NotFound"/> or <see cref="ErrorCode.NotMember"/>.</exception>
    public async Task<MemberPage> WhoAsync(string room, int page = 0, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        ArgumentOutOfRangeException.ThrowIfNegative(page);
        var ok = await RequestAsync(id => new Who { Id = id, Room = room, Page = page }, cancellationToken);
        return new MemberPage(ok.Users ?? [], ok.Count ?? 0, ok.More == true);
    }

    /// <summary>Tells the room that the user types, or stopped. Completes at once; lost if there is no connection.</summary>
    public Task SetTypingAsync(string room, bool on, CancellationToken cancellationToken = default)
    {
        CheckRoom(room);
        cancellationToken.ThrowIfCancellationRequested();
        Volatile.Read(ref live)?.TryQueue(new Typing { Room = room, On = on });
        return Task.CompletedTask;
    }

    /// <summary>Measures a round trip, from the call to the answer.</summary>
    /// <exception cref="ChatException">No answer.</exception>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        var start = options.TimeProvider.GetTimestamp();
        var ts = options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        await RequestAsync(Live(), new Ping { Id = session.NextId(), Ts = ts }, null, cancellationToken);
        return options.TimeProvider.GetElapsedTime(start);
    }

    // Integers on the wire stay below 2^53.
    private const long MaxSeq = (1L << 53) - 1;

    private static void CheckRoom(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!Names.IsRoom(room))
        {
            throw new ArgumentException($"'{room}' is not a room id.", nameof(room));
        }
    }

    private Connection Live() => Volatile.Read(ref live) ?? throw new ChatException(ErrorCode.Busy, "Not connected.");

    private async Task<Ok> RequestAsync(Func<long, ClientMessage> make, CancellationToken cancellationToken) =>
        await RequestAsync(Live(), make(session.NextId()), null, cancellationToken) as Ok
        ?? throw new ChatException(ErrorCode.Unknown, "The server's answer is not an ok.");

    private async Task<ServerMessage> RequestAsync(
        Connection connection,
        ClientMessage request,
        Action? onFailure,
        CancellationToken cancellationToken)
    {
        var id = request.Id!.Value; // Every caller sets it.
        var answer = session.Requests.Add(id, onFailure);
        session.Events.Recheck();
        using var timeout = new CancellationTokenSource(options.RequestTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await connection.QueueAsync(request, either.Token);
            return await answer.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            var late = new ChatException(ErrorCode.Busy, string.Create(
                CultureInfo.InvariantCulture, $"No answer within {options.RequestTimeout}."));
            session.Requests.Fail(id, late);
            cancellationToken.ThrowIfCancellationRequested();
            throw late;
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            session.Requests.Fail(id, new ChatException(ErrorCode.Busy, "The connection was lost."));
            return await answer;
        }
    }
}
