using Parley.Protocol;

namespace Parley.Client;

/// <summary>An operation was refused by the server, or could not be brought to an end.</summary>
public sealed class ChatException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="code">Why.</param>
    /// <param name="message">For people.</param>
    /// <param name="retryAfter">When the server says to try again; null if it named no time.</param>
    /// <param name="closeCode">The WebSocket close code, when the connection ended for good.</param>
    /// <param name="innerException">What lies beneath, if anything.</param>
    public ChatException(
        ErrorCode code,
        string message,
        TimeSpan? retryAfter = null,
        int? closeCode = null,
        Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        RetryAfter = retryAfter;
        CloseCode = closeCode;
    }

    /// <summary>Why. <see cref="ErrorCode.Busy"/> also stands for "the line was cut" and "no answer in time".</summary>
    public ErrorCode Code { get; }

    /// <summary>When the server says to try again; null if it named no time.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The close code (see <see cref="Protocol.CloseCode"/>) when the connection ended for good; otherwise null.</summary>
    public int? CloseCode { get; }

    /// <summary>True when the same request may succeed later.</summary>
    public bool IsTemporary => RetryAfter is not null || Code.IsTemporary();
}
