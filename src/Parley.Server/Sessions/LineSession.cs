using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.Telemetry;
using Parley.Server.WebSockets;

namespace Parley.Server.Sessions;

/// <summary>
/// The line dialect: a text frame is a message to all others in the room, a line that begins with <c>/</c> a command.
/// Any WebSocket client in the world can chat with it. It has no acks.
/// </summary>
internal sealed partial class LineSession(
    Participant participant, string roomName, Connection connection, Outlet outlet, ChatServices chat) : IChatSession
{
    private readonly Lock _gate = new();
    private Participant _participant = participant;
    private Room? _room;
    private Subscription? _subscription;
    private Action<PendingEvent, StoreException?>? _posted;

    public UserRow? User => _participant.User;

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (!connection.Identify())
        {
            outlet.Close(CloseCode.TooManyConnections, "too many connections of this user");
            return;
        }

        try
        {
            await EnterAsync(roomName, cancellationToken);
        }
        catch (StoreException e)
        {
            Notice(Refusal.Of(e).Message);
            outlet.Close(CloseCode.TryAgainLater, "try again later");
        }
    }

    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        try
        {
            if (text.Span.StartsWith("//"u8))
            {
                await PostAsync(text[1..], cancellationToken);
            }
            else if (text.Span.StartsWith("/"u8))
            {
                await CommandAsync(Encoding.UTF8.GetString(text.Span), cancellationToken);
            }
            else if (!text.IsEmpty)
            {
                await PostAsync(text, cancellationToken);
            }
        }
        catch (StoreException e)
        {
            Notice(Refusal.Of(e).Message);
        }
    }

    public void MemberLeft(Room room, long seq)
    {
        lock (_gate)
        {
            if (_room == room)
            {
                _subscription?.EndAfter(seq);
            }
        }
    }

    public void SayBye(int code, string reason, TimeSpan? returnAfter) => Notice(reason);

    public void Survey(ConnectionSurvey survey)
    {
        survey.Line++;
        lock (_gate)
        {
            if (_subscription is not null)
            {
                survey.Add(_subscription);
            }
        }
    }

    public void End() => Leave();

    private async ValueTask PostAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        if (_room is null)
        {
            Notice("you are in no room; /join one");
            return;
        }

        var message = chat.Writer.Spares.Take();
        var own = message.Reserve(text.Length);
        text.CopyTo(own);
        message.Text = own[..text.Length];
        message.SilentFor = _subscription;
        message.Done = _posted ??= Posted;
        outlet.Owe(1);
        var refusal = await _participant.PostAsync(_room, message, cancellationToken);
        if (refusal is not null)
        {
            outlet.Owe(-1);
            Notice($"not sent: {refusal.Message}");
        }
    }

    private void Posted(PendingEvent pending, StoreException? failure)
    {
        outlet.Owe(-1);
        if (failure is not null)
        {
            Notice($"not sent: {Refusal.Of(failure).Message}");
        }
        else if (pending.Outcome == AppendOutcome.NotMember)
        {
            Notice($"not sent: {Refusal.NotMember.Message}");
        }
    }

    /// <summary>Moves to a room, which is created if there is none. Says why when that cannot be.</summary>
    private async ValueTask EnterAsync(string name, CancellationToken cancellationToken)
    {
        if (_participant.Find(name) is not { } room)
        {
            var (created, refusal) = await _participant.CreateAsync(name, null, cancellationToken);
            // Somebody may have created it in the meantime.
            if (created is null && _participant.Find(name) is null)
            {
                Notice(refusal!.Message); // Not null: there is no room.
                return;
            }

            room = created ?? _participant.Find(name)!; // Not null: checked above.
        }

        await _participant.EnterAsync(room, cancellationToken);
        if (room == _room && _subscription is { IsEnding: false })
        {
            return; // It is there, and a new cursor would pass over what has not been delivered.
        }

        Leave();
        var subscription = room.Subscribe(outlet, LineEncoder.Instance, head => new ReplayPlan(head, null, head));
        lock (_gate)
        {
            _room = room;
            _subscription = subscription;
        }

        if (_participant.CanRead(room))
        {
            outlet.Attach(subscription);
        }
        else
        {
            Leave();
            Notice($"you left {name} on another connection; /join it again");
        }
    }

    private void Leave()
    {
        Room? room;
        Subscription? subscription;
        lock (_gate)
        {
            (room, subscription) = (_room, _subscription);
            (_room, _subscription) = (null, null);
        }

        if (room is not null && subscription is not null)
        {
            room.Unsubscribe(subscription, LineEncoder.Instance);
        }
    }

    private void Notice(string text)
    {
        var line = new ArrayBufferWriter<byte>(text.Length + 2);
        line.Write("* "u8);
        PlainText.Write(line, Encoding.UTF8.GetBytes(text));
        outlet.Enqueue(Opcode.Text, line.WrittenSpan);
    }
}
