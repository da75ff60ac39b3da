using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Faults.Simulation;

/// <summary>Somebody who takes part.</summary>
/// <param name="User">Its name; null: a visitor.</param>
/// <param name="Device">Which of the user's devices.</param>
/// <param name="Json">Its dialect.</param>
/// <param name="Rooms">The rooms it wants to belong to; one in the line dialect.</param>
internal sealed record Person(string? User, int Device, bool Json, IReadOnlyList<string> Rooms);

/// <summary>
/// What stays the same in one simulation: who is there, how the server is set, what the network is like. Its limits are
/// small, so that few events reach them.
/// </summary>
internal sealed record World
{
    private static readonly string[] RoomNames = ["lobby", "garden", "kitchen"];
    private static readonly string[] UserNames = ["ann", "bob", "cem", "dana"];

    public required IReadOnlyList<Person> People { get; init; }

    public required DeliveryOptions Delivery { get; init; }

    public required StorageOptions Storage { get; init; }

    public required RoomOptions Rooms { get; init; }

    public required SendOptions Sends { get; init; }

    public required ConnectionOptions Connections { get; init; }

    public required Habit Habit { get; init; }

    /// <summary>Ticks that bytes take at most, on the worst connection.</summary>
    public required long MaxDelay { get; init; }

    public static World Draw(Random dice)
    {
        int Of(params ReadOnlySpan<int> choices) => choices[dice.Next(choices.Length)];
        var delivery = new DeliveryOptions
        {
            Loops = Of(1, 1, 2),
            WindowBytes = Of(600, 4_096, 5_000, 65_536),
            SegmentBytes = Of(256, 512, 4_096),
            CatchUpReaders = Of(1, 2),
            CatchUpPageBytes = Of(40, 300, 32_768),
            OutboxBytes = Of(128, 600, 65_536),
            SignalBytes = Of(128, 8_192),
        };
        return new World
        {
            People = DrawPeople(dice),
            Delivery = delivery,
            Storage = new StorageOptions { QueueLength = Of(1, 4, 8_192), BatchSize = Of(1, 3, 2_048) },
            Rooms = new RoomOptions { ReplayMax = Of(4, 30, 1_000), ReplayTail = Of(0, 2, 100) },
            Sends = new SendOptions { PerSecond = Of(0, 0, 0, 4), Burst = 6 },
            Connections = new ConnectionOptions { MaxPerUser = Of(20, 20, 20, 6), CloseTimeout = TimeSpan.FromSeconds(2) },
            Habit = (Habit)dice.Next(3),
            MaxDelay = Of(1, 20, 200) * TimeSpan.TicksPerMillisecond,
        };
    }

    /// <summary>What the next connection is like.</summary>
    public CableNature DrawCable(Random dice) => new(
        MinDelay: dice.NextInt64(100, 1 + Math.Max(100, MaxDelay / 10)),
        MaxDelay: dice.NextInt64(MaxDelay / 10, MaxDelay + 1) + (MaxDelay / 5) + 100,
        Window: dice.Next(4) switch { 0 => dice.Next(40, 200), 1 => dice.Next(200, 2_000), _ => 16_384 },
        Trickles: MaxDelay <= 20 * TimeSpan.TicksPerMillisecond && dice.Next(8) == 0,
        AsStream: dice.Next(4) == 0);

    private static List<Person> DrawPeople(Random dice)
    {
        var people = new List<Person>();
        for (var i = dice.Next(2, 5); i > 0; i--)
        {
            var user = UserNames[dice.Next(UserNames.Length)];
            people.Add(new Person(user, people.Count(p => p.User == user) + 1, Json: true, DrawRooms(dice, dice.Next(1, 4))));
        }

        for (var i = dice.Next(3); i > 0; i--)
        {
            people.Add(new Person(dice.Next(3) == 0 ? null : $"line-{i}", 1, Json: false, DrawRooms(dice, 1)));
        }

        return people;
    }

    private static List<string> DrawRooms(Random dice, int count)
    {
        var from = dice.Next(4) == 0 ? dice.Next(RoomNames.Length) : 0;
        return [.. Enumerable.Range(from, count).Select(i => RoomNames[i % RoomNames.Length])];
    }
}
