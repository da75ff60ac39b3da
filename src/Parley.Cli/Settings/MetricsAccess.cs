namespace Parley.Cli.Settings;

/// <summary>Whether the server's figures are served at <c>/metrics</c>.</summary>
internal enum MetricsAccess
{
    /// <summary>They are if every listen address is a loopback address.</summary>
    Auto,

    /// <summary>They are, to anybody who can reach the server.</summary>
    On,

    /// <summary>They are not, and nothing is collected.</summary>
    Off,
}
