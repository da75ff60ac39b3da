using Microsoft.AspNetCore.Hosting;

namespace Parley.Server.Transport;

/// <summary>Tells the <see cref="PendingConnections"/> of a connection that has made a whole request, before anything answers it.</summary>
internal sealed class WholeRequests : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(static (context, next) =>
        {
            context.Features.Get<PendingPlace>()?.Asked();
            return next(context);
        });
        next(app);
    };
}
