using System.ComponentModel.DataAnnotations;

namespace Parley.Server.Rooms;

/// <summary>Limits of rooms and replays. Section <c>Rooms</c>; checked at start.</summary>
public sealed class RoomOptions
{
    /// <summary>Most rooms on this server; creating one more is refused with <c>quota</c>. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxRooms { get; set; } = 10_000;

    /// <summary>A client that is further behind than this when it resumes gets only the newest events. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int ReplayMax { get; set; } = 1_000;

    /// <summary>How many of the newest events it then gets. Default 100.</summary>
    [Range(0, 1_000_000)]
    public int ReplayTail { get; set; } = 100;
}
