using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Cli.Commands;
using Parley.Cli.Metrics;
using Parley.Cli.Settings;
using Parley.Server;
using Parley.Server.Storage;

namespace Parley.Cli;

/// <summary>Runs the server with these settings until it is told to stop.</summary>
internal static class ServerHost
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(ParleySettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);

        // Empty: nothing is read from the environment or from files but what the settings say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings));
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.Services.AddParley(options => Configure(options, settings));
        builder.Services.AddParleyTransport();
        if (settings.ServesMetrics())
        {
            builder.Services.AddMetricsEndpoint();
        }

        await using var app = builder.Build();
        app.UseRouting();
        app.MapParley();
        if (settings.ServesMetrics())
        {
            app.MapMetricsEndpoint();
        }

        await StartAsync(app, cancellationToken);

        await Console.Out.WriteLineAsync(Welcome(app, settings));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync(CancellationToken.None);
        return ExitCode.Success;
    }

    private static void Configure(ParleyOptions options, ParleySettings settings)
    {
        options.Data = settings.Data;
        options.GuestsAllowed = settings.AllowsGuests();
        options.Echo = settings.Echo;
        options.Hosts = [.. settings.Hosts];
        options.Origins = [.. settings.Origins];
        options.Connections = settings.Connections;
        options.Sends = settings.Sends;
        options.Rooms = settings.Rooms;
        options.Delivery = settings.Delivery;
        options.Storage = settings.Storage;
        if (!settings.Limits)
        {
            options.LiftLimits();
        }
    }

    private static void Listen(KestrelServerOptions kestrel, ParleySettings settings)
    {
        foreach (var address in settings.Listen)
        {
            // The rules have checked that it can be read.
            var binding = BindingAddress.Parse(address);
            void With(ListenOptions listen)
            {
                listen.Protocols = HttpProtocols.Http1; // A WebSocket over HTTP/2 is not supported.
                if (binding.Scheme == "https")
                {
                    listen.UseHttps(ReadCertificate(settings));
                }
            }

            if (IPAddress.TryParse(binding.Host, out var ip))
            {
                kestrel.Listen(ip, binding.Port, With);
            }
            else if (binding.Host == "localhost" && binding.Port != 0)
            {
                kestrel.ListenLocalhost(binding.Port, With);
            }
            else if (binding.Host == "localhost")
            {
                kestrel.Listen(IPAddress.Loopback, 0, With);
            }
            else
            {
                kestrel.ListenAnyIP(binding.Port, With);
            }
        }
    }

    private static X509Certificate2 ReadCertificate(ParleySettings settings)
    {
        try
        {
            // Not null: the rules ask for it with an https address.
            return X509Certificate2.CreateFromPemFile(settings.Certificate!, settings.CertificateKey);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(
                $"the certificate {Quote.Text(settings.Certificate!)} and its key cannot be used ({Quote.Bare(e.Message)}); give both as PEM with --cert and --cert-key",
                e);
        }
    }

    private static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (StoreException e)
        {
            throw new SettingsException(e.Message, e);
        }
        catch (IOException e)
        {
            throw new SettingsException($"{Quote.Bare(e.Message)} Stop what uses the address, or give another with --listen.", e);
        }
    }

    private static string Welcome(WebApplication app, ParleySettings settings)
    {
        var url = app.Urls.First();
        var guests = settings.AllowsGuests()
            ? $"Guests may enter. Chat with:  parley chat {url}"
            : "Guests may not enter; --guests allow lets them.";
        return $"Parley listens on {string.Join(" and ", app.Urls)}, data in {Path.GetFullPath(settings.Data)}\n{guests}\nCtrl+C stops it.";
    }
}
