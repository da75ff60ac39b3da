using System.ComponentModel.DataAnnotations;
using Parley.Cli.Load;
using Parley.Protocol;
using Parley.Server;

namespace Parley.Cli.Settings;

/// <summary>What <c>parley load</c> does when not told otherwise. Section <c>Load</c>; checked at start.</summary>
internal sealed class LoadSettings
{
    /// <summary>The server. <c>http</c> or <c>ws</c>; without a path, <c>/ws</c> is meant unless <see cref="Raw"/>.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>Users who listen. Default 100.</summary>
    [Range(1, 1_000_000)]
    public int Clients { get; set; } = 100;

    /// <summary>Users who send, besides the listening ones. Default 1.</summary>
    [Range(1, 9_999)]
    public int Senders { get; set; } = 1;

    /// <summary>Open loop: messages a second of each sender. Default 10.</summary>
    [Range(0.001, 1_000_000)]
    public double Rate { get; set; } = 10;

    /// <summary>Closed loop: messages under way in all. Default 0: open loop.</summary>
    [Range(0, 1_000_000)]
    public int Window { get; set; }

    /// <summary>How long to send and measure. Default 10 s.</summary>
    [TimeRange(0.1, 86_400)]
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to send before measuring. Default 0.</summary>
    [TimeRange(0, 3_600)]
    public TimeSpan Warm { get; set; }

    /// <summary>Bytes of a message. Default 100.</summary>
    [Range(48, 65_536)]
    public int Payload { get; set; } = 100;

    /// <summary>Listeners who stop reading. Default 0.</summary>
    [Range(0, 1_000_000)]
    public int Stalled { get; set; }

    /// <summary>When the stalled read again, from the first send. Default 0: never.</summary>
    [TimeRange(0, 86_400)]
    public TimeSpan StallFor { get; set; }

    /// <summary>Users who come, and who go, a second. Default 0.</summary>
    [Range(0, 10_000.0)]
    public double Churn { get; set; }

    /// <summary>Listeners who speak once, after <see cref="IdleAfter"/>. Default 0.</summary>
    [Range(0, 9_998)]
    public int Idle { get; set; }

    /// <summary>How long the idle are silent, from the first send. Default 5 s.</summary>
    [TimeRange(0, 86_400)]
    public TimeSpan IdleAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What the users speak: <c>line</c> or <c>json</c>. Default line.</summary>
    public LoadDialect Dialect { get; set; }

    /// <summary>The server is any that relays frames; nothing of Parley's protocol is spoken.</summary>
    public bool Raw { get; set; }

    /// <summary>The room. Default <c>lobby</c>.</summary>
    public string Room { get; set; } = Names.Lobby;

    /// <summary>Users are named so, with a dash and a number. Default: <c>load-SEED</c> in the JSON dialect, no names in lines.</summary>
    public string? NamePrefix { get; set; }

    /// <summary>Decides who sends when, who stalls, who comes and goes. Default 1.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; set; } = 1;

    /// <summary>A summary for programs.</summary>
    public bool Json { get; set; }

    /// <summary>A token that everybody shows. Default: enter as guests.</summary>
    [DataType(DataType.Password)]
    public string? Token { get; set; }

    /// <summary>A text frame that everybody sends first; not in the JSON dialect.</summary>
    public string? Init { get; set; }

    /// <summary>What a message is put into, with <see cref="Raw"/>; <c>%</c> stands for it. Default: nothing.</summary>
    public string? Wrap { get; set; }

    /// <summary>The subprotocol to ask for, with <see cref="Raw"/>.</summary>
    public string? Proto { get; set; }

    /// <summary>The server's process. Default 0: found by the port, when it is on this machine.</summary>
    [Range(0, int.MaxValue)]
    public int Pid { get; set; }
}
