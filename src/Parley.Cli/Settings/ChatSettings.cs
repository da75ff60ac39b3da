using System.ComponentModel.DataAnnotations;
using Parley.Protocol;
using Parley.Server;

namespace Parley.Cli.Settings;

/// <summary>What <c>parley chat</c> does when not told otherwise. Section <c>Chat</c>; checked at start.</summary>
internal sealed class ChatSettings
{
    /// <summary>The server. <c>http</c>, <c>https</c>, <c>ws</c> or <c>wss</c>; without a path, <c>/ws</c> is meant.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>The name to chat under. Default: the server gives a guest name.</summary>
    public string? Name { get; set; }

    /// <summary>The room to enter. Default <c>lobby</c>.</summary>
    public string Room { get; set; } = Names.Lobby;

    /// <summary>A token that signs in to an account. Default: enter as a guest.</summary>
    [DataType(DataType.Password)]
    public string? Token { get; set; }

    /// <summary>Only the plain line client, never the full-screen one.</summary>
    public bool Plain { get; set; }

    /// <summary>Without a key typed for this long, <see cref="IdleSay"/> is sent. Default 0: never.</summary>
    [TimeRange(0, 86_400)]
    public TimeSpan IdleAfter { get; set; }

    /// <summary>What is said for a user who has gone quiet.</summary>
    [Required]
    public string IdleSay { get; set; } = "Still here, just listening.";

    /// <summary>How long one attempt to connect may take. Default 10 s.</summary>
    [TimeRange(0.1, 600)]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait for the next answer of the server before giving up on it. Default 10 s.</summary>
    [TimeRange(0.1, 600)]
    public TimeSpan ReplyTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
