namespace Parley.Cli.Load;

/// <summary>How far a run is.</summary>
internal enum LoadPhase
{
    /// <summary>Users come.</summary>
    Connecting,

    /// <summary>All are there; nobody speaks yet.</summary>
    Settling,

    /// <summary>Messages go out; times do not count yet.</summary>
    Warming,

    /// <summary>Messages go out, and times count.</summary>
    Measuring,

    /// <summary>Nothing more is sent; what is under way comes in.</summary>
    Draining,
}
