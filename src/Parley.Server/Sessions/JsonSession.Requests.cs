using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.WebSockets;

namespace Parley.Server.Sessions;

/// <content>The requests after <c>hello</c>.</content>
internal sealed partial class JsonSession
{
    private const int MembersPerPage = 200;
    private static readonly TimeSpan TypingPause = TimeSpan.FromSeconds(1);

    private Action<PendingEvent, StoreException?>? _answer;
    private long _typedAt;

    private ValueTask HandleAsync(Participant me, ClientMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case Subscribe subscribe:
                Subscribe(me, subscribe);
                break;
            case Unsubscribe unsubscribe:
                Unsubscribe(unsubscribe);
                break;
            case Protocol.Requests.CreateRoom create:
                return CreateAsync(me, create, cancellationToken);
            case JoinRoom join:
                return JoinAsync(me, join, cancellationToken);
            case PartRoom part:
                return PartAsync(me, part, cancellationToken);
            case History history:
                return ReadHistoryAsync(me, history, cancellationToken);
            case Who who:
                Who(me, who);
                break;
            case Typing typing:
                Type(me, typing);
                break;
            case Ping ping:
                Reply(new Pong { Re = ping.Id, Ts = ping.Ts, Now = Now });
                break;
            default:
                Shut(CloseCode.Misuse, "hello was said before");
                break;
        }

        return ValueTask.CompletedTask;
    }

    // Hot path: nothing is allocated for a message that is taken.
    private async ValueTask SendAsync(Participant me, ReadOnlyMemory<byte> json, long? id, CancellationToken cancellationToken)
    {
        var message = chat.Writer.Spares.Take();
        var refusal = Fill(message, me, json.Span, out var room);
        if (refusal is not null)
        {
            message.Release();
            Refuse(id, refusal);
            return;
        }

        message.RequestId = id;
        message.Done = _answer ??= Answer;
        outlet.Owe(1);
        refusal = await me.PostAsync(room!, message, cancellationToken); // Not null: nothing was refused.
        if (refusal is not null)
        {
            outlet.Owe(-1);
            Refuse(id, refusal);
        }
    }

    private static Refusal? Fill(PendingEvent message, Participant me, ReadOnlySpan<byte> json, out Room? room)
    {
        room = null;
        if (!SendRequest.TryRead(json, message.Reserve(json.Length), out var request))
        {
            return Misread(request.Fault);
        }

        if (request.Cid is { } cid)
        {
            if (!Names.IsCid(cid.Span))
            {
                return new Refusal(ErrorCode.BadRequest, "A cid is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'.");
            }

            message.Cid = cid;
        }

        message.Text = request.Text;
        room = me.Find(request.Room.Span);
        return room is null ? Refusal.NoRoom : null;
    }

    private async ValueTask CreateAsync(Participant me, Protocol.Requests.CreateRoom create, CancellationToken cancellationToken)
    {
        var (room, refusal) = await me.CreateAsync(create.Room, create.Name, cancellationToken);
        if (room is null)
        {
            Refuse(create.Id, refusal!); // Not null: there is no room.
            return;
        }

        Reply(new Ok { Re = create.Id, Seq = room.Head });
    }

    private async ValueTask JoinAsync(Participant me, JoinRoom join, CancellationToken cancellationToken)
    {
        if (me.Find(join.Room) is not { } room)
        {
            Refuse(join.Id, Refusal.NoRoom);
            return;
        }

        Reply(new Ok { Re = join.Id, Seq = await me.JoinAsync(room, cancellationToken) });
    }

    private async ValueTask PartAsync(Participant me, PartRoom part, CancellationToken cancellationToken)
    {
        if (me.Find(part.Room) is not { } room)
        {
            Refuse(part.Id, Refusal.NoRoom);
            return;
        }

        SetParting(room);
        try
        {
            var seq = await LeaveAsync(me, room, cancellationToken);
            EndSubscription(room);
            Reply(new Ok { Re = part.Id, Seq = seq });
        }
        finally
        {
            SetParting(null);
        }
    }

    private async ValueTask<long> LeaveAsync(Participant me, Room room, CancellationToken cancellationToken)
    {
        try
        {
            return (await me.PartAsync(room, cancellationToken))?.Seq ?? room.Head;
        }
        catch (StoreException) when (LeftAt is not null)
        {
            // The user's leaving on another connection was stored meanwhile, and this one, which had asked, was not shown it.
            return LeftAt!.Value; // Not null: just asked, and it is not taken back.
        }
    }

    private long? LeftAt
    {
        get
        {
            lock (_gate)
            {
                return _leftAt;
            }
        }
    }

    private void SetParting(Room? room)
    {
        lock (_gate)
        {
            (_parting, _leftAt) = (room, null);
        }
    }

    private async ValueTask ReadHistoryAsync(Participant me, History history, CancellationToken cancellationToken)
    {
        if (Readable(me, history.Room, history.Id) is not { } room)
        {
            return;
        }

        if (HistoryPage.Check(history) is { } refusal)
        {
            Refuse(history.Id, refusal);
            return;
        }

        Reply(await HistoryPage.ReadAsync(chat.Store, room, history, cancellationToken));
    }

    private void Who(Participant me, Who who)
    {
        if (Readable(me, who.Room, who.Id) is not { } room)
        {
            return;
        }

        if (who.Page is < 0 or > 100_000)
        {
            Refuse(who.Id, new Refusal(ErrorCode.BadRequest, "A page is a number from 0 up."));
            return;
        }

        var page = who.Page ?? 0;
        var count = room.Members.Count;
        Reply(new Ok
        {
            Re = who.Id,
            Users = [.. room.Members.Page(page, MembersPerPage).Select(m => new Member { Name = m.Value, Online = chat.Connections.IsOnline(m.Key) })],
            Count = count,
            More = count > (page + 1) * MembersPerPage,
        });
    }

    private void Type(Participant me, Typing typing)
    {
        // No answer, and no harm when one is lost: so too many are simply dropped.
        if (me.Find(typing.Room) is { } room && me.CanRead(room) && MayType())
        {
            var signal = new Signal { K = "typing", Room = room.Name, By = me.User.Name, On = typing.On };
            room.Signal(
                JsonEncoder.Instance,
                System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(signal, WireJson.Strict.ServerMessage));
        }
    }

    private bool MayType()
    {
        if (_typedAt != 0 && chat.Time.GetElapsedTime(_typedAt) < TypingPause)
        {
            return false;
        }

        _typedAt = chat.Time.GetTimestamp();
        return true;
    }

    private Room? Readable(Participant me, string name, long? id)
    {
        var room = me.Find(name);
        if (room is null)
        {
            Refuse(id, Refusal.NoRoom);
        }
        else if (!me.CanRead(room))
        {
            Refuse(id, Refusal.NotMember);
            return null;
        }

        return room;
    }

    /// <summary>The answer to one send, given when it is durable.</summary>
    private void Answer(PendingEvent pending, StoreException? failure)
    {
        var id = pending.RequestId;
        outlet.Owe(-1);
        if (failure is not null)
        {
            Refuse(id, Refusal.Of(failure));
        }
        else if (pending.Outcome == AppendOutcome.NotMember)
        {
            Refuse(id, Refusal.NotMember);
        }
        else if (pending.Outcome == AppendOutcome.Conflict)
        {
            Refuse(id, new Refusal(ErrorCode.Conflict, "This cid was used for another message; take a new one."));
        }
        else
        {
            Span<byte> ok = stackalloc byte[OkFrame.MaxLength];
            outlet.Enqueue(Opcode.Text, ok[..OkFrame.Write(ok, id, pending.Seq, pending.Ts, pending.Outcome == AppendOutcome.Duplicate)]);
        }
    }
}
