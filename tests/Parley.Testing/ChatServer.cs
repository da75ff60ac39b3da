using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Parley.Server;

namespace Parley.Testing;

/// <summary>A real server in this process: Kestrel on a free loopback port, SQLite in a folder, a clock of the test's choosing.</summary>
public sealed class ChatServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ChatServer(WebApplication app, TempFolder? owned, string data)
    {
        _app = app;
        _owned = owned;
        Data = data;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new Uri(address);
    }

    private readonly TempFolder? _owned;
    private Task? _stop;

    /// <summary>Base address, <c>http://127.0.0.1:port/</c>.</summary>
    public Uri Http { get; }

    /// <summary>Address of the WebSocket.</summary>
    public Uri WebSocket => new($"ws://{Http.Authority}/ws");

    /// <summary>Its data folder.</summary>
    public string Data { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a server.</summary>
    /// <param name="configure">Sets options.</param>
    /// <param name="time">Its clock; default the system's.</param>
    /// <param name="data">Its data folder; default a new one, removed at the end.</param>
    /// <param name="port">Its port; default a free one.</param>
    /// <param name="certificate">Serves over TLS with it.</param>
    /// <param name="services">Replaces services, when all of Parley's are there.</param>
    public static async Task<ChatServer> StartAsync(
        Action<ParleyOptions>? configure = null,
        TimeProvider? time = null,
        string? data = null,
        int port = 0,
        System.Security.Cryptography.X509Certificates.X509Certificate2? certificate = null,
        Action<IServiceCollection>? services = null)
    {
        var owned = data is null ? new TempFolder() : null;
        var folder = data ?? owned!.Path;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1;
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        if (time is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(time));
            builder.Services.TryAddSingleton(time);
        }

        builder.Services.AddParley(options =>
        {
            options.Data = folder;
            configure?.Invoke(options);
        });
        if (certificate is null)
        {
            builder.Services.AddParleyTransport();
        }

        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapParley();
        await app.StartAsync();
        return new ChatServer(app, owned, folder);
    }

    /// <summary>Stops it as a signal would, and waits for the end; the second time only waits.</summary>
    public Task StopAsync() => _stop ??= _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _owned?.Dispose();
    }
}
