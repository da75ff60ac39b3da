namespace Parley.Client;

/// <summary>Where the client stands with its server. One of the four records nested here.</summary>
public abstract record ConnectionState
{
    private ConnectionState()
    {
    }

    /// <summary>A connection is being made, or waits for its <c>welcome</c>.</summary>
    /// <param name="Attempt">1 for the first try since the client was last live.</param>
    public sealed record Connecting(int Attempt) : ConnectionState;

    /// <summary>The server said <c>welcome</c>; replays may still run.</summary>
    public sealed record Live : ConnectionState;

    /// <summary>The connection was lost or could not be made; the client tries again by itself.</summary>
    /// <param name="RetryIn">How long it waits, counted from the moment this state began.</param>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Waiting(TimeSpan RetryIn, string Reason) : ConnectionState;

    /// <summary>The client does not try (any more): not started, closed by the application, or refused for good.</summary>
    /// <param name="Code">A <see cref="Protocol.CloseCode"/>; 1000 before the start and after a close by the application.</param>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Closed(int Code, string Reason) : ConnectionState;
}
