using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Cli.Settings;

/// <summary>
/// Every setting of the program, in one tree. The same keys are read from <c>parley.json</c>, from <c>PARLEY__…</c> in
/// the environment and from the command line; see <see cref="SettingsLoader"/> for which wins.
/// </summary>
/// <remarks>To add an options class, add its property here and its line in <see cref="SettingsSchema"/>.</remarks>
internal sealed class ParleySettings
{
    /// <summary>Addresses to listen on. Default <c>http://127.0.0.1:8080</c>. As text, separated by <c>;</c>.</summary>
    public IReadOnlyList<string> Listen { get; set; } = ["http://127.0.0.1:8080"];

    /// <summary>The folder that holds everything the server keeps. Default <c>./data</c>.</summary>
    public string Data { get; set; } = "./data";

    /// <summary>Whether people without an account may enter. Default <see cref="GuestAccess.Auto"/>.</summary>
    public GuestAccess Guests { get; set; }

    /// <summary>Whether the figures are served at <c>/metrics</c>. Default <see cref="MetricsAccess.Auto"/>.</summary>
    public MetricsAccess Metrics { get; set; }

    /// <summary>Rate limits. Default on; off is for measuring and only on loopback addresses.</summary>
    public bool Limits { get; set; } = true;

    /// <summary>Adds a bare WebSocket echo at <c>/echo</c>, for conformance checks; only on loopback addresses.</summary>
    public bool Echo { get; set; }

    /// <summary>Host names that requests may ask for, besides the listen addresses'. Default none.</summary>
    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>Origins of web pages, besides the server's own, that may open a WebSocket with a cookie. Default none.</summary>
    public IReadOnlyList<string> Origins { get; set; } = [];

    /// <summary>A PEM file with the certificate chain for <c>https</c> addresses.</summary>
    public string? Certificate { get; set; }

    /// <summary>A PEM file with the certificate's key. Default: the key is in <see cref="Certificate"/> too.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>The terminal client. Section <c>Chat</c>.</summary>
    public ChatSettings Chat { get; } = new();

    /// <summary>The load tester. Section <c>Load</c>.</summary>
    public LoadSettings Load { get; } = new();

    /// <summary>Limits of client connections. Section <c>Connections</c>.</summary>
    public ConnectionOptions Connections { get; } = new();

    /// <summary>Limits of what users send. Section <c>Sends</c>.</summary>
    public SendOptions Sends { get; } = new();

    /// <summary>Limits of rooms and replays. Section <c>Rooms</c>.</summary>
    public RoomOptions Rooms { get; } = new();

    /// <summary>How events reach subscribers. Section <c>Delivery</c>.</summary>
    public DeliveryOptions Delivery { get; } = new();

    /// <summary>Where and how events are kept. Section <c>Storage</c>.</summary>
    public StorageOptions Storage { get; } = new();
}
