namespace Parley.Client;

/// <summary>How a <see cref="ChatClient"/> connects and what it holds. Checked by its constructor.</summary>
public sealed class ChatClientOptions
{
    /// <summary>
    /// The server: <c>ws://</c>, <c>wss://</c>, <c>http://</c> or <c>https://</c> address, or a bare <c>host[:port]</c>.
    /// Without a path, <c>/ws</c>. A bare host is <c>ws</c> when it is a loopback name or has a port other than 443,
    /// else <c>wss</c>.
    /// </summary>
    public required string Server { get; set; }

    /// <summary>A bearer token. Default null: enter as a guest.</summary>
    public string? Token { get; set; }

    /// <summary>
    /// The name to enter under when there is no <see cref="Token"/>. Default null: the server picks one,
    /// and the client asks for that one again when it reconnects.
    /// </summary>
    public string? GuestName { get; set; }

    /// <summary>Name and version of the program, for the server's logs; 64 characters are kept. Default <c>parley-client</c>.</summary>
    public string ClientName { get; set; } = "parley-client";

    /// <summary>
    /// Keeps cursors and unsent messages. Default: in memory, so a new process starts afresh. The client flushes it when
    /// it closes; disposing it is up to whoever made it. Not to be shared by two live clients.
    /// </summary>
    public IClientState StateStore { get; set; } = new MemoryClientState();

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Source of reconnect delays and generated cids; only used under a lock. Default <see cref="System.Random.Shared"/>.</summary>
    public Random Random { get; set; } = Random.Shared;

    /// <summary>Longest wait for TCP, TLS and the WebSocket handshake. 100 ms to 5 min, default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for <c>welcome</c> after <c>hello</c>. 100 ms to 5 min, default 10 s.</summary>
    public TimeSpan WelcomeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Longest wait for the answer to a request. 100 ms to 10 min, default 30 s. A request fails then; a <c>send</c>
    /// that has no answer for so long makes the client reconnect and send it again.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for the server's half of the close handshake. 0 to 1 min, default 2 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Events held for a consumer that is behind. 1 to 1,000,000, default 1,024. While so many wait, the socket is not
    /// read; the server keeps the rest and loses nothing. While an answer is awaited (a consumer may await
    /// <see cref="ChatClient.SendAsync"/> inside its loop, and the answer comes behind those events) reading goes on and
    /// up to eight times as many are held; what comes beyond that is let go and asked for again when there is room, and
    /// may then be reported as a <see cref="RoomGap"/>. Signals are dropped as soon as the buffer is full.
    /// </summary>
    public int EventBuffer { get; set; } = 1_024;

    /// <summary>Messages in the outbox. 1 to 1,000,000, default 1,000. When full, <see cref="ChatClient.SendAsync"/> waits for its turn.</summary>
    public int OutboxCapacity { get; set; } = 1_000;

    /// <summary>
    /// Sends of one room on their way without an answer. 1 to 256, default 1. With 1 the order of a sender is kept
    /// whatever happens, at one message per round trip and room. With more, a message that the server refuses for the
    /// moment (<c>rate_limited</c>, <c>busy</c>) may be overtaken by those already sent behind it.
    /// </summary>
    public int SendWindow { get; set; } = 1;

    /// <summary>Largest WebSocket message accepted from the server, in bytes. 65,536 to 268,435,456, default 4,194,304. A larger one cuts the connection.</summary>
    public int MaxMessageBytes { get; set; } = 4_194_304;

    /// <summary>Says what is wrong with the options; null if nothing is.</summary>
    internal string? Fault() =>
        (string.IsNullOrWhiteSpace(Server) ? $"{nameof(Server)} must name a server." : null)
        ?? (ClientName is null ? $"{nameof(ClientName)} must not be null." : null)
        ?? (StateStore is null ? $"{nameof(StateStore)} must not be null." : null)
        ?? (TimeProvider is null ? $"{nameof(TimeProvider)} must not be null." : null)
        ?? (Random is null ? $"{nameof(Random)} must not be null." : null)
        ?? OutOfRange(ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), nameof(ConnectTimeout))
        ?? OutOfRange(WelcomeTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), nameof(WelcomeTimeout))
        ?? OutOfRange(RequestTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), nameof(RequestTimeout))
        ?? OutOfRange(CloseTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(1), nameof(CloseTimeout))
        ?? OutOfRange(EventBuffer, 1, 1_000_000, nameof(EventBuffer))
        ?? OutOfRange(OutboxCapacity, 1, 1_000_000, nameof(OutboxCapacity))
        ?? OutOfRange(SendWindow, 1, 256, nameof(SendWindow))
        ?? OutOfRange(MaxMessageBytes, 65_536, 268_435_456, nameof(MaxMessageBytes));

    private static string? OutOfRange<T>(T value, T least, T most, string name)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0
            ? $"{name} is {value} and must be between {least} and {most}."
            : null;
}
