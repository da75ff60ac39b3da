using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Http;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;
using Parley.Server.Telemetry;
using Parley.Server.Transport;

namespace Parley.Server;

/// <summary>Adds Parley to an ASP.NET Core application.</summary>
public static class ParleyServiceExtensions
{
    /// <summary>Adds the chat server's services; <see cref="ParleyEndpointExtensions.MapParley"/> adds its endpoints.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options; values out of range stop the start with an <see cref="OptionsValidationException"/>.</param>
    public static IServiceCollection AddParley(this IServiceCollection services, Action<ParleyOptions> configure)
    {
        services.AddOptions<ParleyOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ParleyOptions>, ParleyOptionsValidator>();
        services.AddSingleton(p => p.GetRequiredService<IOptions<ParleyOptions>>().Value);
        services.AddSingleton(p => p.GetRequiredService<ParleyOptions>().Connections);
        services.AddSingleton(p => p.GetRequiredService<ParleyOptions>().Sends);
        services.AddSingleton(p => p.GetRequiredService<ParleyOptions>().Rooms);
        services.AddSingleton(p => p.GetRequiredService<ParleyOptions>().Delivery);
        services.AddSingleton(p => p.GetRequiredService<ParleyOptions>().Storage);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Random.Shared);

        services.AddMetrics();
        services.AddSingleton<ParleyMetrics>();
        services.AddSingleton<ObservedMetrics>();
        services.AddSingleton<ServerState>();
        services.AddSingleton<IEventStore>(p =>
            new SqliteEventStore(p.GetRequiredService<ParleyOptions>().Data, p.GetRequiredService<StorageOptions>()));
        services.AddSingleton<EventWriter>();
        services.AddSingleton<CatchUpReader>();
        services.AddSingleton<DeliveryLoops>();
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<PendingConnections>();
        services.AddSingleton<RoomDirectory>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<SendLimiter>();
        services.AddSingleton<ChatServices>();
        services.AddSingleton<WebSocketEndpoint>();
        services.AddSingleton<EchoEndpoint>();
        services.AddHostedService<ParleyServer>();
        services.AddParleyHttp();

        // A write over TLS then returns only when the socket has taken the bytes: so a slow peer's progress is seen.
        services.Configure<SocketTransportOptions>(o => o.MaxWriteBufferSize = 2);
        services.Configure<KestrelServerOptions>(o =>
        {
            o.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            o.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        });
        return services;
    }

    /// <summary>
    /// Serves plaintext upgrades to <c>/ws</c> below HTTP, on the bare socket: an idle connection then takes a fraction of
    /// the memory. Middleware does not see these requests, so this is for an application whose root is the chat itself.
    /// </summary>
    /// <param name="services">The application's services, after <see cref="AddParley"/>.</param>
    public static IServiceCollection AddParleyTransport(this IServiceCollection services)
    {
        services.AddSingleton<UpgradeServer>();
        services.AddSingleton<IStartupFilter, WholeRequests>();
        services.AddSingleton<IConnectionListenerFactory, UpgradeListenerFactory>();
        return services;
    }
}
