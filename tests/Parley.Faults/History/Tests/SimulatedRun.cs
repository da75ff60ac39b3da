using CsCheck;
using Parley.Protocol;

namespace Parley.Faults.History.Tests;

/// <summary>A server and its clients in a few collections, which keep every promise: source of valid histories.</summary>
internal sealed class SimulatedRun
{
    private const int ReplayMax = 3;
    private const int ReplayTail = 1;
    private static readonly string[] RoomNames = ["garden", "kitchen"];

    private readonly RunHistory _history = new();
    private readonly List<StoredEvent> _log = [];
    private readonly Device[] _devices = [new("ann"), new("bob"), new("ćma")];
    private int _cids;

    /// <summary>What a client does next, or what is done to it.</summary>
    internal enum Deed
    {
        Send,
        SendAndLoseTheAck,
        SendInVain,
        Deliver,
        Connect,
        Cut,
        GiveUp,
        Join,
        Part,
    }

    /// <summary>One step of a run.</summary>
    internal readonly record struct Step(Deed Deed, int Device, int Room);

    /// <summary>Few clients and rooms, so that they meet often.</summary>
    public static Gen<Step[]> Steps { get; } =
        Gen.Select(
            Gen.Frequency(
                (6, Gen.Const(Deed.Send)), (4, Gen.Const(Deed.Deliver)), (4, Gen.Const(Deed.Connect)), (3, Gen.Const(Deed.Join)),
                (8, Gen.Enum<Deed>())),
            Gen.Int[0, 2],
            Gen.Int[0, 1],
            static (deed, device, room) => new Step(deed, device, room))
        .Array[0, 120];

    /// <summary>Plays the steps, brings everybody who is connected up to date, and returns what happened.</summary>
    public static RecordedRun Play(IEnumerable<Step> steps)
    {
        var run = new SimulatedRun();
        foreach (var step in steps)
        {
            run.Play(step.Deed, run._devices[step.Device], RoomNames[step.Room]);
        }

        foreach (var device in run._devices.Where(d => d.Connected))
        {
            foreach (var room in device.Follows)
            {
                run.DeliverAll(device, room);
            }
        }

        var rooms = RoomNames.Select(r => new StoredRoom(r, 1, run.HeadOf(r)));
        return run._history.With(new StoredLog([.. rooms], [.. run._log]));
    }

    private void Play(Deed deed, Device device, string room)
    {
        switch (deed)
        {
            case Deed.Connect when !device.Connected:
                Connect(device);
                break;
            case Deed.GiveUp when !device.Connected:
                device.Outbox.Clear();
                break;
            case Deed.Cut when device.Connected:
                Cut(device);
                break;
            case Deed.Join when device.Connected && !device.Follows.Contains(room):
                Join(device, room);
                break;
            case Deed.Part when device.Follows.Contains(room) && device.Connected:
                Part(device, room);
                break;
            case Deed.Deliver when device.Follows.Contains(room) && device.Connected && device.Held[room] < HeadOf(room):
                DeliverNext(device, room);
                break;
            case Deed.Send or Deed.SendAndLoseTheAck or Deed.SendInVain when device.Follows.Contains(room) && device.Connected:
                Send(device, room, deed);
                break;
        }
    }

    private void Connect(Device device)
    {
        device.Connected = true;
        _history.Add(new Begun(device.Client));
        foreach (var room in device.Follows)
        {
            Follow(device, room, device.Held[room]);
        }

        foreach (var sent in device.Outbox)
        {
            _history.Add(sent);
            var earlier = _log.Find(e => e.Cid == sent.Cid);
            _history.Add(new Acked(device.Client, sent.Room, sent.Cid, (earlier ?? Store(sent)).Seq, earlier is not null));
        }

        device.Outbox.Clear();
    }

    private void Cut(Device device)
    {
        device.Connected = false;
        _history.Add(new Ended(device.Client));
    }

    private void Join(Device device, string room)
    {
        _history.Add(new Joining(device.Client, room));
        var joined = Store(room, device.Client, EventKind.Join);
        _history.Add(new Joined(device.Client, room, joined.Seq));
        device.Follows.Add(room);
        Follow(device, room, device.Held.TryGetValue(room, out var held) ? held : null);
    }

    private void Part(Device device, string room)
    {
        var parted = Store(room, device.Client, EventKind.Part);
        DeliverAll(device, room);
        _history.Add(new Left(device.Client, room, parted.Seq));
        device.Follows.Remove(room);
    }

    private void Send(Device device, string room, Deed deed)
    {
        var number = ++_cids;
        var sent = new Sent(device.Client, room, $"c{number}", $"Text {number} of {device.Client}");
        _history.Add(sent);
        var stored = deed == Deed.SendInVain ? null : Store(sent);
        if (deed == Deed.Send)
        {
            _history.Add(new Acked(device.Client, room, sent.Cid, stored!.Seq, Dup: false)); // Not null: it was stored.
        }
        else
        {
            device.Outbox.Add(sent);
            Cut(device);
        }
    }

    private void Follow(Device device, string room, long? after)
    {
        _history.Add(new Following(device.Client, room, after));
        var head = HeadOf(room);
        var from = after ?? head;
        var skip = head - from > ReplayMax;
        var skippedTo = skip ? head - ReplayTail : 0;
        device.Held[room] = skip ? skippedTo : from;
        DeliverAll(device, room);
        _history.Add(new Synced(device.Client, room, head, skip ? from + 1 : 0, skippedTo, Reset: null));
    }

    private void DeliverAll(Device device, string room)
    {
        while (device.Held[room] < HeadOf(room))
        {
            DeliverNext(device, room);
        }
    }

    private void DeliverNext(Device device, string room)
    {
        var seq = ++device.Held[room];
        var stored = _log.Single(e => e.Room == room && e.Seq == seq);
        _history.Add(new Received(device.Client, room, seq, stored.By, stored.Kind, stored.Cid, stored.Text));
    }

    private StoredEvent Store(Sent sent) => Store(sent.Room, sent.Client, EventKind.Message, sent.Cid, sent.Text);

    private StoredEvent Store(string room, ClientId by, string kind, string? cid = null, string? text = null)
    {
        var stored = new StoredEvent(room, HeadOf(room) + 1, by.User, kind, cid, text);
        _log.Add(stored);
        return stored;
    }

    private long HeadOf(string room) => _log.Count(e => e.Room == room);

    /// <summary>A client, and what it knows.</summary>
    private sealed class Device(string user)
    {
        public ClientId Client { get; } = new(user);

        public bool Connected { get; set; }

        public SortedSet<string> Follows { get; } = [];

        public Dictionary<string, long> Held { get; } = [];

        public List<Sent> Outbox { get; } = [];
    }
}
