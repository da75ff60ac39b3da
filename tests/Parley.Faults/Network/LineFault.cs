namespace Parley.Faults.Network;

/// <summary>What is wrong with a line.</summary>
internal enum LineFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its connections are reset at once (RST); so is who dials.</summary>
    Reset,

    /// <summary>Its connections end without a word (FIN to both sides); who dials is reset.</summary>
    Fin,

    /// <summary>Its connections stay, dialling succeeds, and nothing passes until the line is mended; then what was held passes.</summary>
    BlackHole,

    /// <summary>Of the next bytes a part passes that ends inside a frame, then the connection is reset; so is who dials.</summary>
    MidFrame,

    /// <summary>Every byte travels in a segment of its own.</summary>
    OneByte,

    /// <summary>1 KB a second passes, in each direction of each connection.</summary>
    Throttle,
}
