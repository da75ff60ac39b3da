namespace Parley.Cli.Settings;

/// <summary>Whether people without an account may enter.</summary>
internal enum GuestAccess
{
    /// <summary>They may if every listen address is a loopback address.</summary>
    Auto,

    /// <summary>They may.</summary>
    Allow,

    /// <summary>They may not.</summary>
    Deny,
}
