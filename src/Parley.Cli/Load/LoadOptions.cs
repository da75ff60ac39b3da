namespace Parley.Cli.Load;

/// <summary>What to simulate; checked by <see cref="Settings.LoadRules"/>.</summary>
internal sealed record LoadOptions
{
    /// <summary>The WebSocket's address, <c>ws</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Users who listen. The stalled and the idle are among them.</summary>
    public int Clients { get; init; } = 100;

    /// <summary>Users who send, besides <see cref="Clients"/>; they listen too.</summary>
    public int Senders { get; init; } = 1;

    /// <summary>Open loop: messages a second of each sender.</summary>
    public double Rate { get; init; } = 10;

    /// <summary>Closed loop: messages under way in all. 0: open loop.</summary>
    public int Window { get; init; }

    /// <summary>How long to send and measure.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to send before measuring. What is sent then is checked too.</summary>
    public TimeSpan Warm { get; init; }

    /// <summary>Bytes of a message.</summary>
    public int Payload { get; init; } = 100;

    /// <summary>Listeners who stop reading.</summary>
    public int Stalled { get; init; }

    /// <summary>When the stalled read again, from the first send. Zero: never.</summary>
    public TimeSpan StallFor { get; init; }

    /// <summary>Users who come a second, and who go.</summary>
    public double Churn { get; init; }

    /// <summary>Listeners who speak once, after <see cref="IdleAfter"/>.</summary>
    public int Idle { get; init; }

    /// <summary>How long the idle are silent, from the first send.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What the users speak.</summary>
    public LoadDialect Dialect { get; init; }

    /// <summary>The server is any that relays frames to its connections; lines without Parley's rules.</summary>
    public bool Raw { get; init; }

    /// <summary>The room.</summary>
    public string Room { get; init; } = Protocol.Names.Lobby;

    /// <summary>Users are named so, with a dash and a number. Null in the line dialect: they have no names.</summary>
    public string? NamePrefix { get; init; }

    /// <summary>Decides who sends when, who stalls, who comes and goes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A bearer token that everybody shows.</summary>
    public string? Token { get; init; }

    /// <summary>A text frame that everybody sends first.</summary>
    public string? Init { get; init; }

    /// <summary>What stands before and after a message in its frame, with <see cref="Raw"/>.</summary>
    public (string Before, string After) Wrap { get; init; } = ("", "");

    /// <summary>The subprotocol to ask for, with <see cref="Raw"/>.</summary>
    public string? Subprotocol { get; init; }

    /// <summary>The server's process, to show what it uses. 0: whoever listens on the port, when that is on this machine.</summary>
    public int Pid { get; init; }

    /// <summary>How long to wait between the last handshake and the first send. The JSON dialect has no need of it.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After the last send: without a delivery for so long, what is missing counts as lost.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections that come and go take turns on so many places.</summary>
    public int ChurnSlots => (int)Math.Ceiling(Churn);

    /// <summary>All who send at some time: the senders, then the idle.</summary>
    public int Voices => Senders + Idle;

    /// <summary>Connections at most: the listeners, then the senders, then those who come and go.</summary>
    public int Connections => Clients + Senders + ChurnSlots;
}
