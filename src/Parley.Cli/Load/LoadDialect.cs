namespace Parley.Cli.Load;

/// <summary>What simulated users speak.</summary>
internal enum LoadDialect
{
    /// <summary>Parley's lines: a frame is a message; nobody gets their own back.</summary>
    Line,

    /// <summary>Parley's JSON: sends are acked, events are numbered, and one's own come back.</summary>
    Json,
}
