using System.Net;
using System.Net.Sockets;

namespace Parley.Server.WebSockets;

/// <summary>
/// Which <c>Host</c> headers we answer to. A page that rebinds its DNS name to our address still sends its own name
/// as the host; so a DNS name must be known, while an address or a name of this machine proves itself.
/// </summary>
/// <param name="allowed">DNS names we are reached by, without port, compared whole and without regard to case.</param>
/// <param name="machineName">The name of this machine.</param>
internal sealed class HostRule(IEnumerable<string> allowed, string machineName)
{
    private readonly HashSet<string> _names = new([.. allowed, "localhost", machineName], StringComparer.OrdinalIgnoreCase);

    /// <summary>A rule for this machine and the given DNS names.</summary>
    public HostRule(IEnumerable<string> allowed)
        : this(allowed, Environment.MachineName)
    {
    }

    /// <summary>True for <c>localhost</c>, an IP literal, this machine's name or an allowed name. The port does not matter.</summary>
    public bool Allows(HostString host)
    {
        if (!host.HasValue)
        {
            return false;
        }

        string name = host.Host;
        return name.Length > 0 && (_names.Contains(name) || IsAddress(name));
    }

    // Only the usual spelling: a browser never sends 127.1 or 0x7f000001 as a host.
    private static bool IsAddress(string name)
    {
        bool bracketed = name.StartsWith('[') && name.EndsWith(']');
        return IPAddress.TryParse(bracketed ? name[1..^1] : name, out IPAddress? address)
            && (bracketed
                ? address.AddressFamily == AddressFamily.InterNetworkV6
                : address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == name);
    }
}
