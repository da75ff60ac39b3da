using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server;

/// <summary>Settings of the server. Checked at start: a value out of range stops it with a line that names it.</summary>
public sealed class ParleyOptions
{
    /// <summary>Folder of the database; made when missing. Default <c>./data</c>.</summary>
    public string Data { get; set; } = "./data";

    /// <summary>Whether somebody without an account may enter. Default true; <c>parley serve</c> sets it by the listening address.</summary>
    public bool GuestsAllowed { get; set; } = true;

    /// <summary>Adds <c>/echo</c>, a bare WebSocket echo for conformance suites. For loopback addresses only. Default false.</summary>
    public bool Echo { get; set; }

    /// <summary>DNS names by which this server is reached, besides <c>localhost</c>, IP addresses and the machine's name. Default none.</summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>Origins of other sites whose pages may connect, whole: <c>https://chat.example.org</c>. Default none.</summary>
    public IList<string> Origins { get; set; } = [];

    /// <summary>Limits of client connections.</summary>
    [ValidateObjectMembers]
    public ConnectionOptions Connections { get; set; } = new();

    /// <summary>Limits of what users send.</summary>
    [ValidateObjectMembers]
    public SendOptions Sends { get; set; } = new();

    /// <summary>Limits of rooms and replays.</summary>
    [ValidateObjectMembers]
    public RoomOptions Rooms { get; set; } = new();

    /// <summary>How events reach subscribers.</summary>
    [ValidateObjectMembers]
    public DeliveryOptions Delivery { get; set; } = new();

    /// <summary>How events are kept.</summary>
    [ValidateObjectMembers]
    public StorageOptions Storage { get; set; } = new();

    /// <summary>Lifts the limits on rates and on numbers of connections, for measuring. For loopback addresses only.</summary>
    public void LiftLimits()
    {
        Sends.PerSecond = 0;
        Connections.MaxConnections = 0;
        Connections.MaxPerAddress = 0;
        Connections.MaxPending = 0;
        Connections.MaxPendingPerAddress = 0;
        Connections.MaxPerUser = 0;
    }
}

/// <summary>Checks <see cref="ParleyOptions"/> and its sections against their ranges.</summary>
[OptionsValidator]
internal sealed partial class ParleyOptionsValidator : IValidateOptions<ParleyOptions>;
