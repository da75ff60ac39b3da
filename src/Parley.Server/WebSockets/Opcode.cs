namespace Parley.Server.WebSockets;

/// <summary>What a frame carries (RFC 6455 §5.2 and §11.8). Values 8 and up are control frames.</summary>
internal enum Opcode : byte
{
    /// <summary>One more part of the message that a text or binary frame began.</summary>
    Continuation = 0x0,

    /// <summary>UTF-8 text.</summary>
    Text = 0x1,

    /// <summary>Bytes without a meaning of their own.</summary>
    Binary = 0x2,

    /// <summary>The peer ends the connection; a code and a reason may follow.</summary>
    Close = 0x8,

    /// <summary>Answer with a pong of the same payload.</summary>
    Ping = 0x9,

    /// <summary>The answer to a ping, or a sign of life on its own.</summary>
    Pong = 0xA,
}
