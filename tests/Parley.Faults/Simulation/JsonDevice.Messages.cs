using System.Text.Json;
using Parley.Faults.History;

namespace Parley.Faults.Simulation;

/// <content>What it writes, and again until somebody answers; and what it reads of the past.</content>
internal sealed partial class JsonDevice
{
    private const int OutboxLength = 60;

    private readonly List<Outgoing> _outbox = [];
    private readonly HashSet<string> _sent = []; // On this connection, and not answered.
    private readonly HashSet<string> _unanswered = []; // On an earlier connection.
    private readonly List<Outgoing> _postponed = []; // Refused for now.
    private int _written;

    // Where a refusal is likely to be lost with its connection, the next message waits for the answer to the last: else the
    // order in which they are stored would be for chance to say.
    private int Window => Simulation.World.Sends.PerSecond > 0 || Simulation.World.People.Count(p => p.User == Person.User) > 1 ? 1 : OutboxLength;

    private void Write(string room, int count, int length)
    {
        for (; count > 0 && _outbox.Count < OutboxLength; count--)
        {
            var number = ++_written;
            var text = $"{number} of {Me}{(number % 5 == 0 ? " żółw 🐢\n\"\\" : "")}{new string('x', length)}";
            _outbox.Add(new Outgoing($"{Me.User}-{Me.Device}-{number}", room, text));
        }

        TransmitAll();
    }

    private void TransmitAll()
    {
        if (!_welcomed)
        {
            return;
        }

        foreach (var message in _outbox)
        {
            if (_sent.Count >= Window)
            {
                return;
            }

            if (_sent.Add(message.Cid))
            {
                Transmit(message);
            }
        }
    }

    private void Transmit(Outgoing message)
    {
        Simulation.History.Add(new Sent(Me, message.Room, message.Cid, message.Text));
        Request($"\"t\":\"send\",\"room\":\"{message.Room}\",\"cid\":\"{message.Cid}\",\"text\":{JsonSerializer.Serialize(message.Text)}", answer =>
        {
            if (IsOk(answer))
            {
                var dup = answer.TryGetProperty("dup", out var flag) && flag.GetBoolean();
                Simulation.History.Add(new Acked(Me, message.Room, message.Cid, answer.GetProperty("seq").GetInt64(), dup));
                _outbox.Remove(message);
                _sent.Remove(message.Cid);
                TransmitAll();
            }
            else
            {
                TakeRefusal(message, answer);
            }
        });
    }

    private void TakeRefusal(Outgoing message, JsonElement answer)
    {
        // "Not now" says nothing of an earlier try that nobody answered.
        Simulation.History.Add(_unanswered.Contains(message.Cid)
            ? new Failed(Me, message.Room, message.Cid)
            : new Refused(Me, message.Room, message.Cid));
        switch (Text(answer, "code"))
        {
            case "rate_limited":
                Later(() => SendAgain(message));
                break;
            case "busy" or "internal":
                // Others are under way: it goes behind them.
                _outbox.Remove(message);
                _postponed.Add(message);
                Later(() =>
                {
                    _postponed.Remove(message);
                    _outbox.Add(message);
                    SendAgain(message);
                });
                break;
            case "quota" or "read_only" or "not_member" or "not_found":
                _outbox.Remove(message);
                SendAgain(message);
                break;
            default:
                Complain($"{message.Cid} was refused: {answer}");
                break;
        }
    }

    private void SendAgain(Outgoing message)
    {
        _sent.Remove(message.Cid);
        TransmitAll();
    }

    private void Chatter(FollowedRoom room)
    {
        SendText($$"""{"t":"typing","room":"{{room.Name}}","on":true}""");
        Request("\"t\":\"ping\",\"ts\":1", static _ => { });
        if (room.Joined)
        {
            Request($"\"t\":\"who\",\"room\":\"{room.Name}\"", static _ => { });
        }
    }

    private void Look(FollowedRoom room, int count) =>
        Request($"\"t\":\"hist\",\"room\":\"{room.Name}\",\"before\":{room.Cursor + 1},\"limit\":{count}", answer =>
        {
            if (IsOk(answer))
            {
                Simulation.TakePage(Me, room.Name, answer);
            }
        });

    /// <summary>Fetches what a replay has left out.</summary>
    private void FillGap(FollowedRoom room)
    {
        if (room.GapTo == 0 || room.Filling || !room.Joined)
        {
            return;
        }

        room.Filling = true;
        Request($"\"t\":\"hist\",\"room\":\"{room.Name}\",\"after\":{room.GapFrom - 1},\"limit\":30", answer =>
        {
            if (!IsOk(answer))
            {
                Later(() =>
                {
                    room.Filling = false;
                    Settle(room);
                });
                return;
            }

            room.Filling = false;
            Simulation.TakePage(Me, room.Name, answer);
            var covers = answer.GetProperty("covers");
            if (covers.GetProperty("from").GetInt64() != room.GapFrom)
            {
                Complain($"asked for {room.Name} from {room.GapFrom} and got {covers}");
            }

            room.GapFrom = covers.GetProperty("to").GetInt64() + 1;
            if (room.GapFrom > room.GapTo)
            {
                room.GapTo = 0;
            }

            FillGap(room);
        });
    }
}
