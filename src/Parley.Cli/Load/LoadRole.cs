namespace Parley.Cli.Load;

/// <summary>What a simulated user does.</summary>
internal enum LoadRole
{
    /// <summary>Reads everything at once.</summary>
    Listener,

    /// <summary>Sends, and reads everything.</summary>
    Sender,

    /// <summary>Does not read, for a while or for ever.</summary>
    Stalled,

    /// <summary>Comes and goes.</summary>
    Churn,
}
