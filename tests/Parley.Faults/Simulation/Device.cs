using System.Buffers.Binary;
using Parley.Faults.History;
using Parley.Protocol;
using Parley.Testing;

namespace Parley.Faults.Simulation;

/// <summary>A client's program: connects, comes back, cuts bytes into frames. What it says is its dialect's.</summary>
internal abstract class Device(SimulationRun simulation, Person person, int index, Random dice) : ICableEnd
{
    private const long LongestPause = 4 * TimeSpan.TicksPerSecond; // The protocol has 30 s; a run has not.
    private const long Patience = 45 * TimeSpan.TicksPerSecond; // The server pings after 20 s.

    private readonly ByteQueue _arrived = new();
    private int _failures;
    private long _heardAt;
    private long? _returnAfter;
    private bool _closing;

    public Person Person => person;

    /// <summary>Its index in the world.</summary>
    public int Index => index;

    /// <summary>Who it is in the history.</summary>
    public ClientId Me { get; } = new(person.User ?? $"visitor-{index}", person.Device);

    /// <summary>Its connection; null while it has none.</summary>
    public Cable? Cable { get; private set; }

    protected SimulationRun Simulation => simulation;

    protected Random Dice => dice;

    /// <summary>True when nothing is on its way from or to it, and it has taken all that came.</summary>
    public bool IsQuiet => _arrived.Count == 0 && Cable is null or { IsIdle: true };

    /// <summary>What it still waits for; null: nothing.</summary>
    public abstract string? WaitsFor { get; }

    /// <summary>Does a step of the plan, if it can now.</summary>
    public abstract void Do(Step step);

    /// <summary>Wants from now on what it wanted at first.</summary>
    public virtual void GoHome()
    {
    }

    /// <summary>Connects, now or as soon as there is a server.</summary>
    public void Connect()
    {
        if (simulation.Open(this, dice) is not { } cable)
        {
            simulation.Scheduler.Note(Happening.Refused, index);
            ComeBack();
            return;
        }

        Cable = cable;
        _closing = false;
        _heardAt = simulation.Scheduler.Now;
        _arrived.Remove(_arrived.Count);
        simulation.Scheduler.Note(Happening.Opened, index, cable.Number);
        WatchFor(cable);
        Opened();
    }

    /// <summary>Says goodbye and closes.</summary>
    public void Leave()
    {
        if (Cable is not null && !_closing)
        {
            _closing = true;
            Send(8, [0x03, 0xE8]);
            Cable.CloseFromClient();
        }
    }

    void ICableEnd.Arrived(ReadOnlySpan<byte> bytes)
    {
        _heardAt = simulation.Scheduler.Now;
        _arrived.Add(bytes);
        while (Cable is not null && TakeFrame(out var opcode, out var payload))
        {
            Take(opcode, payload);
        }
    }

    void ICableEnd.Ended() => Lose();

    /// <summary>The connection is open.</summary>
    protected abstract void Opened();

    /// <summary>The connection is over.</summary>
    protected abstract void Closed();

    /// <summary>A text frame came.</summary>
    protected abstract void Take(byte[] text);

    protected void SendText(byte[] text) => Send(1, text);

    /// <summary>It was told when to come back.</summary>
    protected void ReturnAfter(int milliseconds) => _returnAfter = milliseconds * TimeSpan.TicksPerMillisecond;

    /// <summary>It has been let in: what failed before counts no more.</summary>
    protected void Welcomed() => _failures = 0;

    protected void Complain(string what) => simulation.Complain($"{Me}: {what}");

    private void Send(int opcode, ReadOnlySpan<byte> payload) => Cable?.SendFromClient(WireClient.Frame(opcode, payload));

    private bool TakeFrame(out int opcode, out byte[] payload)
    {
        (opcode, payload) = (0, []);
        var bytes = _arrived.Bytes;
        if (bytes.Length < 2 || bytes.Length < (bytes[1] == 126 ? 4 : 2))
        {
            return false;
        }

        if ((bytes[0] & 0xF0) != 0x80 || bytes[1] > 126)
        {
            Complain($"what came is no frame: {Convert.ToHexString(bytes[..Math.Min(bytes.Length, 16)])}");
            Cable?.Abandon();
            Lose();
            return false;
        }

        var (header, length) = bytes[1] == 126 ? (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])) : (2, bytes[1]);
        if (bytes.Length < header + length)
        {
            return false;
        }

        opcode = bytes[0] & 0xF;
        _arrived.Remove(header);
        payload = _arrived.Take(length);
        return true;
    }

    private void Take(int opcode, byte[] payload)
    {
        switch (opcode)
        {
            case 1:
                Take(payload);
                break;
            case 8:
                TakeClose(payload.Length < 2 ? CloseCode.NoStatus : BinaryPrimitives.ReadUInt16BigEndian(payload));
                break;
            case 9:
                Send(10, payload);
                break;
            default:
                Complain($"got a frame of opcode {opcode}");
                break;
        }
    }

    private void TakeClose(int code)
    {
        if (code is not (CloseCode.Normal or CloseCode.Restarting or CloseCode.TryAgainLater or CloseCode.Timeout or CloseCode.TooManyConnections))
        {
            Complain($"was closed with {code}");
        }

        if (!_closing)
        {
            Leave();
        }
    }

    private void Lose()
    {
        if (Cable is not { } cable)
        {
            return;
        }

        simulation.Scheduler.Note(Happening.Lost, index, cable.Number);
        Cable = null;
        Closed();
        ComeBack();
    }

    private void ComeBack()
    {
        var most = Math.Min(LongestPause, (TimeSpan.TicksPerSecond / 2) << Math.Min(_failures++, 5));
        simulation.Scheduler.After(null, _returnAfter ?? dice.NextInt64(most), Connect);
        _returnAfter = null;
    }

    // A line that has gone dark is left.
    private void WatchFor(Cable cable) => simulation.Scheduler.After(null, Patience, () =>
    {
        if (Cable != cable)
        {
            return;
        }

        if (!cable.IsStalled && simulation.Scheduler.Now - _heardAt >= Patience)
        {
            cable.Abandon();
            Lose();
        }
        else
        {
            WatchFor(cable);
        }
    });
}
