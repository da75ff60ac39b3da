using System.ComponentModel.DataAnnotations;

namespace Parley.Server.Delivery;

/// <summary>How events reach subscribers. Section <c>Delivery</c>; checked at start.</summary>
public sealed class DeliveryOptions
{
    /// <summary>Delivery loops; each connection belongs to one. Default 1: on two cores a second one made fan-out slower.</summary>
    [Range(1, 64)]
    public int Loops { get; set; } = 1;

    /// <summary>Memory for the newest frames of one room in one dialect, in bytes. Older events are read from the store. Default 1 MiB.</summary>
    [Range(65_536, 1_073_741_824)]
    public int WindowBytes { get; set; } = 1_048_576;

    /// <summary>Size of one block of frames, the most that one system call sends, in bytes. Default 64 KiB.</summary>
    [Range(4_096, 16_777_216)]
    public int SegmentBytes { get; set; } = 65_536;

    /// <summary>Pages of events that are read from the store at the same time for subscribers behind the window. Default 2.</summary>
    [Range(1, 64)]
    public int CatchUpReaders { get; set; } = 2;

    /// <summary>Text bytes in one page read for a subscriber behind the window. Default 32 KiB.</summary>
    [Range(1_024, 1_048_576)]
    public int CatchUpPageBytes { get; set; } = 32_768;

    /// <summary>
    /// The kernel's send buffer of one connection, in bytes (<c>SO_SNDBUF</c>; the kernel doubles it). It bounds what a
    /// stalled client costs the machine. 0 leaves it to the kernel, which may grow it to megabytes. Default 256 KiB.
    /// </summary>
    [Range(0, 16_777_216)]
    public int SendBufferBytes { get; set; } = 262_144;

    /// <summary>Replies waiting for one connection, in bytes, above which its requests are not read. Default 64 KiB.</summary>
    [Range(4_096, 16_777_216)]
    public int OutboxBytes { get; set; } = 65_536;

    /// <summary>Signals of one room waiting for the next delivery, in bytes; more are dropped. Default 8 KiB.</summary>
    [Range(1_024, 1_048_576)]
    public int SignalBytes { get; set; } = 8_192;
}
