using System.Text;
using Parley.Faults.History;

namespace Parley.Faults.Simulation;

/// <summary>A client in the line dialect: says lines, and notes those that come.</summary>
internal sealed class LineDevice(SimulationRun simulation, Person person, int index, Random dice) : Device(simulation, person, index, dice)
{
    private int _written;
    private int _heard;

    /// <summary>Its connections so far.</summary>
    public List<LineStay> Stays { get; } = [];

    public override string? WaitsFor => Cable is null or { IsOver: true } || Stays[^1].Lines.Count <= _heard ? $"{Me} is not there" : null;

    public override void Do(Step step)
    {
        switch (step.Deed)
        {
            case Deed.Write when Cable is not null:
                for (var count = Math.Min(step.Amount, 8); count > 0; count--)
                {
                    Say($"{++_written} by {Me}");
                }

                break;
            case Deed.WriteLong when Cable is not null:
                Say($"{++_written} by {Me} {new string('y', step.Amount)}");
                break;
            case Deed.Chatter when Cable is not null:
                SendText("/who"u8.ToArray());
                break;
            default:
                break;
        }
    }

    /// <summary>Asks for an answer, so that it is known to be in its room.</summary>
    public override void GoHome()
    {
        if (Cable is not null)
        {
            _heard = Stays[^1].Lines.Count;
            SendText("/who"u8.ToArray());
        }
    }

    protected override void Opened()
    {
        _heard = 0;
        Stays.Add(new LineStay(Me, Person.Rooms[0]));
        SendText("/who"u8.ToArray());
    }

    protected override void Closed() => Stays[^1].IsOver = true;

    protected override void Take(byte[] text)
    {
        Stays[^1].Lines.Add(Encoding.UTF8.GetString(text));
        Welcomed();
    }

    private void Say(string text)
    {
        Simulation.History.Add(new Said(Me, Person.Rooms[0], text));
        Stays[^1].Said.Add(text);
        SendText(Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>One connection of a line client.</summary>
internal sealed class LineStay(ClientId client, string room)
{
    public ClientId Client { get; } = client;

    public string Room { get; } = room;

    /// <summary>What came, in order.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>What it said, and so must not hear.</summary>
    public HashSet<string> Said { get; } = [];

    public bool IsOver { get; set; }
}
