namespace Parley.Server.WebSockets;

/// <summary>How inflating a message ended.</summary>
internal enum InflateOutcome
{
    /// <summary>The whole message is in the output.</summary>
    Done,

    /// <summary>The message would pass the limit; inflating stopped there.</summary>
    TooBig,

    /// <summary>The bytes are no whole DEFLATE data, or something follows it.</summary>
    Broken,

    /// <summary>A text message, but not UTF-8.</summary>
    NotText,
}
