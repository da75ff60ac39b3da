namespace Parley.Cli.Load;

/// <summary>How a run stands; counts are from its start.</summary>
internal sealed record LoadSnapshot
{
    public static LoadSnapshot None { get; } = new();

    /// <summary>When, in nanoseconds of the run's clock.</summary>
    public long At { get; init; }

    public LoadPhase Phase { get; init; }

    public int Connected { get; init; }

    public long Sent { get; init; }

    public long Delivered { get; init; }

    /// <summary>Messages that later ones have overtaken, so far. They may still come.</summary>
    public long Lost { get; init; }

    public long Doubled { get; init; }

    public long Reordered { get; init; }

    /// <summary>In nanoseconds, like the next two.</summary>
    public long P50 { get; init; }

    public long P99 { get; init; }

    public long P999 { get; init; }

    /// <summary>What the server has used; null if it cannot be seen.</summary>
    public ServerUsage? Server { get; init; }
}
