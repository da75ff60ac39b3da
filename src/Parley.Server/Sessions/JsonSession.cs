using System.Text.Json;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.Telemetry;
using Parley.Server.WebSockets;

namespace Parley.Server.Sessions;

/// <summary>The JSON dialect: requests with answers, events with seqs, resume.</summary>
internal sealed partial class JsonSession(Connection connection, Outlet outlet, ChatServices chat) : IChatSession
{
    private const int BadRequestsAllowed = 4;
    private static readonly TimeSpan BadRequestWindow = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Room, Subscription> _subscriptions = [];
    private Participant? _participant;
    private Room? _parting;
    private long? _leftAt; // Where the leaving of that room stands in its log, once there is one.
    private string? _epoch;
    private long _badRequestsSince;
    private int _badRequests;

    public UserRow? User => _participant?.User;

    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        // A frame holds one or more objects; a line feed inside a JSON string is always escaped.
        while (!text.IsEmpty && !outlet.IsClosing)
        {
            var end = text.Span.IndexOf((byte)'\n');
            var one = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (one.Span.ContainsAnyExcept(" \t\r"u8))
            {
                await ReceiveOneAsync(one, cancellationToken);
                await outlet.WaitForSpaceAsync();
            }
        }
    }

    public void MemberLeft(Room room, long seq)
    {
        lock (_gate)
        {
            if (_parting == room)
            {
                _leftAt = seq;
            }

            if (!_subscriptions.TryGetValue(room, out var subscription))
            {
                return;
            }

            // The connection that asked gets its answer; the user's others see the leaving as their last event.
            if (_parting == room)
            {
                subscription.End();
            }
            else
            {
                subscription.EndAfter(seq);
            }
        }
    }

    public void SayBye(int code, string reason, TimeSpan? returnAfter) => Reply(new Bye
    {
        Code = code,
        Reason = reason,
        Reconnect = CloseCode.ShouldReconnect(code),
        AfterMs = (int?)returnAfter?.TotalMilliseconds,
    });

    public void Survey(ConnectionSurvey survey)
    {
        survey.Json++;
        lock (_gate)
        {
            foreach (var subscription in _subscriptions.Values)
            {
                survey.Add(subscription);
            }
        }
    }

    public void End()
    {
        lock (_gate)
        {
            foreach (var (room, subscription) in _subscriptions)
            {
                room.Unsubscribe(subscription, JsonEncoder.Instance);
            }

            _subscriptions.Clear();
        }
    }

    private async ValueTask ReceiveOneAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        if (!RequestHead.TryRead(json.Span, out var head))
        {
            Refuse(head.Id, new Refusal(ErrorCode.BadRequest, "This is not a JSON object with a string \"t\"."));
            return;
        }

        if (!head.IsKnown)
        {
            Refuse(head.Id, new Refusal(ErrorCode.Unsupported, "This server does not know such a \"t\"."));
            return;
        }

        try
        {
            if (head.IsSend && _participant is { } me)
            {
                await SendAsync(me, json, head.Id, cancellationToken);
                return;
            }

            var message = JsonSerializer.Deserialize(json.Span, WireJson.Strict.ClientMessage);
            if (_participant is null)
            {
                await BeginAsync(message, cancellationToken);
            }
            else
            {
                await HandleAsync(_participant, message!, cancellationToken); // Not null: the head is an object.
            }
        }
        catch (JsonException e)
        {
            Refuse(head.Id, Misread(e.Path ?? "?"));
        }
        catch (StoreException e)
        {
            Refuse(head.Id, Refusal.Of(e));
        }
    }

    private async ValueTask BeginAsync(ClientMessage? message, CancellationToken cancellationToken)
    {
        if (message is not Hello hello)
        {
            Shut(CloseCode.Misuse, "say hello first");
            return;
        }

        if (hello.V != 1)
        {
            Shut(CloseCode.UpgradeRequired, "this server speaks version 1");
            return;
        }

        // Only who was never here is shown into the lobby: whoever has left it comes back by a join.
        var admission = await chat.Authenticator.AdmitAsync(
            new Credentials(hello.Token, hello.Guest?.Name), chat.Rooms.Find(Names.Lobby), cancellationToken);
        if (admission.User is null)
        {
            Refuse(hello.Id, new Refusal(admission.Code, admission.Message));
            Shut(admission.Code == ErrorCode.Unauthorized ? CloseCode.Unauthorized : CloseCode.Misuse, admission.Message);
            return;
        }

        var participant = new Participant(admission.User, chat);
        _participant = participant;
        _epoch = hello.Epoch;
        if (!connection.Identify())
        {
            Shut(CloseCode.TooManyConnections, "too many connections of this user");
            return;
        }

        Welcome(participant);
        foreach (var (name, after) in hello.Cursors ?? new Dictionary<string, long>())
        {
            Resume(participant, name, after);
        }
    }

    private void Welcome(Participant participant)
    {
        var limits = chat.ConnectionLimits;
        Reply(new Welcome
        {
            V = 1,
            Epoch = chat.State.Epoch,
            You = new Identity { Name = participant.User.Name, Role = participant.User.Role },
            Now = Now,
            Hb = new HeartbeatTimes
            {
                EveryMs = (int)limits.PingAfter.TotalMilliseconds,
                TimeoutMs = (int)limits.PongTimeout.TotalMilliseconds,
            },
            Limits = new Limits
            {
                FrameBytes = limits.MaxFrameBytes,
                TextBytes = chat.Sends.MaxTextBytes,
                Subscriptions = limits.MaxSubscriptions,
                Connections = limits.MaxPerUser,
                SendsPerS = chat.Sends.PerSecond,
                SendBurst = chat.Sends.Burst,
            },
            Features = [],
            Rooms = [.. participant.Rooms.Select(StateOf)],
        });
    }

    private static RoomState StateOf(Room room) => new()
    {
        Room = room.Name,
        Name = room.Row.Title,
        Kind = room.Row.Kind,
        Head = room.Head,
        Floor = room.Floor,
    };

    private long Now => chat.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Reply(ServerMessage message) =>
        outlet.Enqueue(Opcode.Text, JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Strict.ServerMessage));

    private void Refuse(long? id, Refusal refusal)
    {
        Reply(new Error
        {
            Re = id,
            Code = refusal.Code,
            Msg = refusal.Message,
            Temp = refusal.RetryAfter is not null || refusal.Code.IsTemporary(),
            RetryMs = refusal.RetryAfter is { } wait ? (int)Math.Ceiling(wait.TotalMilliseconds) : null,
        });
        if (refusal.Code is ErrorCode.BadRequest or ErrorCode.Unsupported)
        {
            CountBadRequest();
        }
    }

    private void CountBadRequest()
    {
        if (_badRequests == 0 || chat.Time.GetElapsedTime(_badRequestsSince) > BadRequestWindow)
        {
            _badRequests = 0;
            _badRequestsSince = chat.Time.GetTimestamp();
        }

        if (++_badRequests > BadRequestsAllowed)
        {
            Shut(CloseCode.PolicyViolation, "five bad requests in 10 s");
        }
    }

    private static Refusal Misread(string path) =>
        new(ErrorCode.BadRequest, $"A field is missing, twice there, or of the wrong type: {path}");

    private void Shut(int code, string reason)
    {
        SayBye(code, reason, null);
        outlet.Close(code, reason);
    }
}
