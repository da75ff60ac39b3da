using System.Globalization;

namespace Parley.Faults.Simulation;

/// <summary>What somebody does, or what is done to somebody or something.</summary>
internal enum Deed
{
    /// <summary>Writes messages; amount: how many.</summary>
    Write,

    /// <summary>Writes one long message; amount: its length.</summary>
    WriteLong,

    /// <summary>Leaves a room.</summary>
    Part,

    /// <summary>Returns to a room.</summary>
    Join,

    /// <summary>Follows a room anew, from its cursor.</summary>
    Follow,

    /// <summary>Stops following a room; <see cref="Follow"/> begins again.</summary>
    Unfollow,

    /// <summary>Says that it types, and asks for a pong and for who is there.</summary>
    Chatter,

    /// <summary>Asks for a page of the past; amount: how many events.</summary>
    Look,

    /// <summary>Closes its connection as it should, and comes back.</summary>
    Leave,

    /// <summary>Its connection is reset.</summary>
    Cut,

    /// <summary>Its connection carries nothing any more, and nobody is told.</summary>
    GoDark,

    /// <summary>It reads nothing; amount: for how many milliseconds.</summary>
    Stall,

    /// <summary>Commits fail; amount: how many.</summary>
    FailCommits,

    /// <summary>Reads fail; amount: how many.</summary>
    FailReads,

    /// <summary>The store gets slower for 5 s; amount: by how many milliseconds.</summary>
    SlowStore,

    /// <summary>The server is killed and started again; amount: after how many milliseconds.</summary>
    Crash,

    /// <summary>The server is stopped and started again; amount: after how many milliseconds.</summary>
    Restart,

    /// <summary>The wall clock jumps; amount: by how many seconds.</summary>
    Jump,
}

/// <summary>One step of a plan.</summary>
/// <param name="At">When, in milliseconds from the start.</param>
/// <param name="Deed">What.</param>
/// <param name="Who">Whose: index of a person.</param>
/// <param name="Room">Index among the person's rooms.</param>
/// <param name="Amount">As the deed says.</param>
internal readonly record struct Step(int At, Deed Deed, int Who, int Room, int Amount)
{
    public override string ToString() => $"{At} {Deed} {Who} {Room} {Amount}";

    public static Step Parse(string text)
    {
        var words = text.Trim().Split(' ');
        int Number(int index) => int.Parse(words[index], CultureInfo.InvariantCulture);
        return new Step(Number(0), Enum.Parse<Deed>(words[1]), Number(2), Number(3), Number(4));
    }
}

/// <summary>Everything that a simulation is made from.</summary>
/// <param name="Seed">Of the world, and of all chance in the run.</param>
/// <param name="Absent">Indices of people who do not take part.</param>
/// <param name="Steps">What happens, in order of time.</param>
internal sealed record Plan(int Seed, IReadOnlyList<int> Absent, IReadOnlyList<Step> Steps)
{
    private const int LongestRunMs = 60_000;

    // How often a deed is drawn, beside the others.
    private static readonly (Deed Deed, int Weight)[] Weights =
    [
        (Deed.Write, 60), (Deed.WriteLong, 8), (Deed.Part, 5), (Deed.Join, 7), (Deed.Follow, 5), (Deed.Unfollow, 3), (Deed.Chatter, 6),
        (Deed.Look, 4), (Deed.Leave, 4), (Deed.Cut, 7), (Deed.GoDark, 2), (Deed.Stall, 8), (Deed.FailCommits, 4), (Deed.FailReads, 3),
        (Deed.SlowStore, 3), (Deed.Crash, 3), (Deed.Restart, 1), (Deed.Jump, 1),
    ];

    /// <summary>The world of this plan.</summary>
    public World World => field ??= World.Draw(new Random(Seed));

    /// <summary>The plan of a seed.</summary>
    public static Plan Draw(int seed)
    {
        var dice = new Random(unchecked(seed ^ 0x5EED));
        var people = World.Draw(new Random(seed)).People.Count;
        var length = dice.Next(4) == 0 ? LongestRunMs : dice.Next(500, 8_000);
        var steps = new List<Step>();
        for (var count = dice.Next(10, 60); count > 0; count--)
        {
            var deed = DrawDeed(dice);
            steps.Add(new Step(dice.Next(length), deed, dice.Next(people), dice.Next(3), DrawAmount(deed, dice)));
        }

        return new Plan(seed, [], [.. steps.OrderBy(s => s.At)]);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static Plan Parse(string text)
    {
        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var head = parts[0].Split(' ').Select(w => int.Parse(w, CultureInfo.InvariantCulture)).ToList();
        return new Plan(head[0], head[1..], [.. parts[1..].Select(Step.Parse)]);
    }

    /// <summary>The seed and who is absent, then each step, between semicolons.</summary>
    public override string ToString() => string.Join("; ", [string.Join(' ', [Seed, .. Absent]), .. Steps.Select(s => s.ToString())]);

    private static Deed DrawDeed(Random dice)
    {
        var number = dice.Next(Weights.Sum(w => w.Weight));
        foreach (var (deed, weight) in Weights)
        {
            if ((number -= weight) < 0)
            {
                return deed;
            }
        }

        throw new InvalidOperationException("The sum is the sum.");
    }

    private static int DrawAmount(Deed deed, Random dice) => deed switch
    {
        Deed.Write => dice.Next(6) == 0 ? dice.Next(5, 30) : dice.Next(1, 5),
        Deed.WriteLong => dice.Next(100, 3_000),
        Deed.Look => dice.Next(1, 40),
        Deed.Stall => dice.Next(3) == 0 ? dice.Next(8_000, 70_000) : dice.Next(20, 5_000),
        Deed.FailCommits or Deed.FailReads => dice.Next(1, 4),
        Deed.SlowStore => dice.Next(20, 2_000),
        Deed.Crash or Deed.Restart => dice.Next(1_500),
        Deed.Jump => dice.Next(-100_000_000, 100_000_000),
        _ => 0,
    };
}
