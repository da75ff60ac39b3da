using Microsoft.AspNetCore.Http;

namespace Parley.Cli.Settings;

/// <summary>What must hold between settings before the server starts.</summary>
internal static class ServeRules
{
    /// <summary>Checks the settings that the server uses.</summary>
    /// <exception cref="SettingsException">Something does not go together.</exception>
    public static void Check(LoadedSettings loaded)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        var settings = loaded.Settings;
        if (settings.Listen.Count == 0)
        {
            throw loaded.Refuse(nameof(settings.Listen), "", ListenAddress.Allowed);
        }

        foreach (var address in settings.Listen)
        {
            if (!ListenAddress.TryParse(address, out var binding))
            {
                throw loaded.Refuse(nameof(settings.Listen), address, ListenAddress.Allowed);
            }

            CheckLoopbackOnly(loaded, address, binding);
            if (binding.Scheme == "https" && settings.Certificate is null)
            {
                throw loaded.Refuse(nameof(settings.Listen), address, "https only with --cert FILE (and --cert-key FILE), both PEM");
            }
        }

        CheckLists(loaded);
        CheckFile(loaded, nameof(settings.Certificate), settings.Certificate);
        CheckFile(loaded, nameof(settings.CertificateKey), settings.CertificateKey);
        if (string.IsNullOrWhiteSpace(settings.Data) || File.Exists(settings.Data))
        {
            throw loaded.Refuse(nameof(settings.Data), settings.Data, "a folder");
        }
    }

    /// <summary>Whether people without an account may enter.</summary>
    public static bool AllowsGuests(this ParleySettings settings) =>
        settings.Guests == GuestAccess.Allow || (settings.Guests == GuestAccess.Auto && settings.IsLoopbackOnly());

    /// <summary>Whether the figures are served at <c>/metrics</c>.</summary>
    public static bool ServesMetrics(this ParleySettings settings) =>
        settings.Metrics == MetricsAccess.On || (settings.Metrics == MetricsAccess.Auto && settings.IsLoopbackOnly());

    /// <summary>Whether only this machine can reach the server.</summary>
    public static bool IsLoopbackOnly(this ParleySettings settings) =>
        settings.Listen.All(address => ListenAddress.TryParse(address, out var binding) && ListenAddress.IsLoopback(binding));

    private static void CheckLoopbackOnly(LoadedSettings loaded, string address, BindingAddress binding)
    {
        if (ListenAddress.IsLoopback(binding))
        {
            return;
        }

        if (loaded.Settings.Echo)
        {
            throw loaded.Refuse(nameof(ParleySettings.Echo), "on", $"off, since {Quote.Bare(address)} is not a loopback address");
        }

        if (!loaded.Settings.Limits)
        {
            throw loaded.Refuse(nameof(ParleySettings.Limits), "off", $"on, since {Quote.Bare(address)} is not a loopback address");
        }
    }

    private static void CheckLists(LoadedSettings loaded)
    {
        foreach (var host in loaded.Settings.Hosts)
        {
            if (Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown)
            {
                throw loaded.Refuse(nameof(ParleySettings.Hosts), host, "a host name such as chat.example.org, without scheme or port");
            }
        }

        foreach (var origin in loaded.Settings.Origins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || uri.Scheme is not ("http" or "https")
                || !origin.TrimEnd('/').Equals(uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase))
            {
                throw loaded.Refuse(nameof(ParleySettings.Origins), origin, "an origin such as https://chat.example.org, without a path");
            }
        }
    }

    private static void CheckFile(LoadedSettings loaded, string path, string? file)
    {
        if (file is not null && !File.Exists(file))
        {
            throw loaded.Refuse(path, file, "a PEM file that exists");
        }
    }
}
