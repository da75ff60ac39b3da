using System.ComponentModel.DataAnnotations;

namespace Parley.Server.Storage;

/// <summary>Where and how events are kept. Section <c>Storage</c>; checked at start.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// When a commit counts as durable. <c>full</c> (default): after the disk has synced, so an acked message survives a
    /// power cut. <c>normal</c>: after the operating system has the bytes; a crash of the process loses nothing, a power
    /// cut may lose the last acked messages.
    /// </summary>
    [AllowedValues("full", "normal")]
    public string Synchronous { get; set; } = "full";

    /// <summary>
    /// Whether each event gets a hash that also covers the one before it in its room, so that <c>parley verify</c> finds
    /// altered events. Default off.
    /// </summary>
    public bool HashChain { get; set; }

    /// <summary>Connections that read the database at the same time. Default 4.</summary>
    [Range(1, 64)]
    public int Readers { get; set; } = 4;

    /// <summary>Writes waiting for the next commit before senders are made to wait. Default 8,192.</summary>
    [Range(16, 1_048_576)]
    public int QueueLength { get; set; } = 8_192;

    /// <summary>Most writes in one commit. Default 2,048.</summary>
    [Range(1, 65_536)]
    public int BatchSize { get; set; } = 2_048;
}
