namespace Parley.Protocol;

/// <summary>Wire names of <see cref="ErrorCode"/>, and which of them are temporary.</summary>
public static class ErrorCodes
{
    private static readonly string[] Names =
    [
        "unknown", "bad_request", "unsupported", "unauthorized", "forbidden", "not_found", "not_member", "read_only",
        "muted", "banned", "too_large", "rate_limited", "conflict", "gone", "quota", "busy", "internal",
    ];

    /// <summary>The name in <c>err.code</c>, for example <c>rate_limited</c>.</summary>
    public static string WireName(this ErrorCode code) => Names[(int)code];

    /// <summary>True when the same request may succeed later: <c>rate_limited</c>, <c>busy</c>, <c>internal</c>.</summary>
    public static bool IsTemporary(this ErrorCode code) =>
        code is ErrorCode.RateLimited or ErrorCode.Busy or ErrorCode.Internal;

    /// <summary>Reads a wire name. <see cref="ErrorCode.Unknown"/> for null or a name from a newer version.</summary>
    public static ErrorCode Parse(string? name)
    {
        var index = Array.IndexOf(Names, name);
        return index < 0 ? ErrorCode.Unknown : (ErrorCode)index;
    }
}
