using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Parley.Cli.Settings;

/// <summary>An address to listen on, read the way the web server reads it.</summary>
internal static class ListenAddress
{
    /// <summary>What to write, in words.</summary>
    public const string Allowed = "http://HOST:PORT or https://HOST:PORT, several separated by ;";

    /// <summary>Reads an address. A path is refused: the server lives at the root.</summary>
    public static bool TryParse(string address, [NotNullWhen(true)] out BindingAddress? binding)
    {
        binding = null;
        try
        {
            var parsed = BindingAddress.Parse(address);
            if (parsed.Scheme is "http" or "https" && parsed.PathBase.Length == 0 && !parsed.IsUnixPipe && !parsed.IsNamedPipe
                && parsed.Port is >= 0 and <= ushort.MaxValue && IsHost(parsed.Host))
            {
                binding = parsed;
            }
        }
        catch (FormatException)
        {
            // The caller says what is allowed.
        }

        return binding is not null;
    }

    /// <summary>Whether only this machine can reach it.</summary>
    public static bool IsLoopback(BindingAddress binding) =>
        binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(binding.Host, out var ip) && IPAddress.IsLoopback(ip));

    // The web server takes any name it does not know for "every address", which would open a mistyped one to the world.
    private static bool IsHost(string host) =>
        host is "*" or "+" || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out _);
}
