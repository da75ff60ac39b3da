using System.Text.Json.Serialization;

namespace Parley.Protocol;

/// <summary>Why an operation was refused. On the wire: the snake_case name in <c>err.code</c>.</summary>
[JsonConverter(typeof(ErrorCodeConverter))]
public enum ErrorCode
{
    /// <summary>A code this version does not know. Treat as permanent.</summary>
    Unknown,

    /// <summary>Malformed JSON, a missing field, or a value out of range.</summary>
    BadRequest,

    /// <summary>The server does not know this <c>t</c>, or not in this version.</summary>
    Unsupported,

    /// <summary>Not signed in, or the token ended.</summary>
    Unauthorized,

    /// <summary>Signed in, but not allowed.</summary>
    Forbidden,

    /// <summary>No such room, user or message; or one that the caller may not know of.</summary>
    NotFound,

    /// <summary>The operation needs membership of the room.</summary>
    NotMember,

    /// <summary>The room or the store takes no writes.</summary>
    ReadOnly,

    /// <summary>The caller may read but not write here.</summary>
    Muted,

    /// <summary>The caller is banned.</summary>
    Banned,

    /// <summary>A text, frame or field over its limit.</summary>
    TooLarge,

    /// <summary>Too many requests; retry after <c>retry_ms</c>. Temporary.</summary>
    RateLimited,

    /// <summary>The same idempotency key with other content, or a name already taken.</summary>
    Conflict,

    /// <summary>It existed and was removed.</summary>
    Gone,

    /// <summary>A limit on stored things (rooms, subscriptions, disk) is reached.</summary>
    Quota,

    /// <summary>The server cannot do it now; retry after <c>retry_ms</c>. Temporary.</summary>
    Busy,

    /// <summary>A fault of the server. Temporary.</summary>
    Internal,
}
