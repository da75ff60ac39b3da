using System.ComponentModel.DataAnnotations;

namespace Parley.Server.Sessions;

/// <summary>Limits of what users send. Section <c>Sends</c>; checked at start.</summary>
public sealed class SendOptions
{
    /// <summary>Longest text, in bytes of UTF-8. Default 16,384.</summary>
    [Range(1, 65_536)]
    public int MaxTextBytes { get; set; } = 16_384;

    /// <summary>Sends per second of one user, sustained. 0: no limit. Default 5.</summary>
    [Range(0, 1_000_000)]
    public double PerSecond { get; set; } = 5;

    /// <summary>Sends at once after a pause. Default 20.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 20;
}
