namespace Parley.Server.WebSockets;

/// <summary>What <see cref="FrameReader.Read"/> found.</summary>
internal enum FrameStatus
{
    /// <summary>Nothing whole yet. All input was consumed; nothing is left for the caller to keep.</summary>
    NeedMore,

    /// <summary>A whole text message, valid UTF-8, in <see cref="FrameReader.Payload"/>.</summary>
    Text,

    /// <summary>A whole binary message. Only where <see cref="FrameReaderOptions.AllowBinary"/> is set.</summary>
    Binary,

    /// <summary>A ping; its payload wants to come back in a pong.</summary>
    Ping,

    /// <summary>A pong.</summary>
    Pong,

    /// <summary>The peer closes: see <see cref="FrameReader.CloseCode"/>. Whatever follows is discarded.</summary>
    Close,

    /// <summary>The peer broke a rule: close with <see cref="FrameReader.FailureCode"/>. Final.</summary>
    Failed,
}
