using System.Text;
using System.Text.Json;
using Parley.Faults.History;

namespace Parley.Faults.Simulation;

/// <summary>
/// A client that keeps the rules of resume as the protocol states them, and records all it does and sees. It shares no
/// code with Parley.Client, on purpose: one of them may be wrong.
/// </summary>
internal sealed partial class JsonDevice : Device
{
    private readonly Dictionary<string, FollowedRoom> _rooms;
    private readonly Dictionary<long, Action<JsonElement>> _pending = [];
    private string? _epoch;
    private long _lastId;
    private bool _welcomed;
    private long _helloId;
    private bool _atHome;

    public JsonDevice(SimulationRun simulation, Person person, int index, Random dice)
        : base(simulation, person, index, dice) => _rooms = person.Rooms.ToDictionary(r => r, r => new FollowedRoom(r));

    public override string? WaitsFor
    {
        get
        {
            if (!_welcomed || _pending.Count > 0 || _outbox.Count + _postponed.Count > 0)
            {
                return $"{Me} is {(_welcomed ? "welcome" : "not welcome")}, waits for {_pending.Count} answers, has {_outbox.Count} to send";
            }

            var behind = _rooms.Values.FirstOrDefault(r => !r.Joined || !r.Live || r.Busy || r.GapTo != 0 || r.Cursor != Simulation.HeadOf(r.Name));
            return behind is null ? null : $"{Me} has {behind.Name} up to {behind.Cursor} of {Simulation.HeadOf(behind.Name)}, joined {behind.Joined}, live {behind.Live}, gap to {behind.GapTo}";
        }
    }

    public override void GoHome()
    {
        _atHome = true;
        foreach (var room in _rooms.Values)
        {
            (room.Wanted, room.Follows) = (true, true);
            Settle(room);
        }
    }

    public override void Do(Step step)
    {
        var room = _rooms.Values.ElementAt(step.Room % _rooms.Count);
        switch (step.Deed)
        {
            case Deed.Write when room.Joined:
                Write(room.Name, step.Amount, 0);
                break;
            case Deed.WriteLong when room.Joined:
                Write(room.Name, 1, step.Amount);
                break;
            case Deed.Part or Deed.Join:
                room.Wanted = step.Deed == Deed.Join;
                Settle(room);
                break;
            case Deed.Unfollow:
                room.Follows = false;
                Settle(room);
                break;
            case Deed.Follow:
                (room.Follows, room.Following) = (true, false);
                Settle(room);
                break;
            case Deed.Chatter when _welcomed:
                Chatter(room);
                break;
            case Deed.Look when _welcomed && room.Joined:
                Look(room, step.Amount);
                break;
            default:
                break;
        }
    }

    protected override void Opened()
    {
        Simulation.History.Add(new Begun(Me));
        var cursors = new List<string>();
        foreach (var room in _rooms.Values.Where(r => r.Joined && r.Follows))
        {
            Simulation.History.Add(new Following(Me, room.Name, room.Cursor));
            (room.Following, room.Position) = (true, room.Cursor);
            cursors.Add($"\"{room.Name}\":{room.Cursor}");
        }

        var resume = _epoch is null ? "" : $",\"epoch\":\"{_epoch}\",\"cursors\":{{{string.Join(',', cursors)}}}";
        // Answered by welcome, or refused while the store fails: then it comes again on another connection.
        Request($$"""
            "t":"hello","v":1,"guest":{"name":"{{Person.User}}"}{{resume}}
            """, _ => Leave());
        _helloId = _lastId;
    }

    protected override void Closed()
    {
        Simulation.History.Add(new Ended(Me));
        _welcomed = false;
        _pending.Clear();
        _unanswered.UnionWith(_sent);
        _sent.Clear();
        _outbox.AddRange(_postponed);
        _postponed.Clear();
        foreach (var room in _rooms.Values)
        {
            room.Lose();
        }
    }

    protected override void Take(byte[] text)
    {
        try
        {
            foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                Take(json.RootElement);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            Complain($"cannot read {Encoding.UTF8.GetString(text)}: {e.Message}");
        }
    }

    private void Take(JsonElement message)
    {
        switch (Text(message, "t"))
        {
            case "welcome":
                TakeWelcome(message);
                break;
            case "ev":
                TakeEvent(message);
                break;
            case "synced":
                TakeSynced(message);
                break;
            case "ok" or "err" or "pong" when message.TryGetProperty("re", out var re):
                if (_pending.Remove(re.GetInt64(), out var answered))
                {
                    answered(message);
                }
                else
                {
                    Complain("got an answer that nobody asked for: " + message);
                }

                break;
            case "bye":
                if (message.TryGetProperty("after_ms", out var after))
                {
                    ReturnAfter(after.GetInt32());
                }

                break;
            case "sig":
                break;
            default:
                Complain("got " + message);
                break;
        }
    }

    private void TakeWelcome(JsonElement welcome)
    {
        var epoch = Text(welcome, "epoch");
        if (_epoch is not null && epoch != _epoch)
        {
            Complain($"the epoch was {_epoch} and is {epoch}");
        }

        _epoch = epoch;
        _welcomed = true;
        _pending.Remove(_helloId);
        Welcomed();
        foreach (var room in _rooms.Values)
        {
            Settle(room);
        }

        TransmitAll();
    }

    private void SendText(string text) => SendText(Encoding.UTF8.GetBytes(text));

    /// <summary>Asks for something; what the answer means is told when it comes.</summary>
    private void Request(string fields, Action<JsonElement> answered)
    {
        var id = ++_lastId;
        _pending[id] = answered;
        SendText($$"""{"id":{{id}},{{fields}}}""");
    }

    private static bool IsOk(JsonElement answer) => Text(answer, "t") is "ok" or "pong";

    private static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) ? value.GetString() : null;
}
