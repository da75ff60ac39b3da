using Parley.Server.Rooms;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary><c>/healthz</c> and <c>/readyz</c>, for probes; they answer to any host.</summary>
internal sealed class HealthEndpoints(ServerState state, EventWriter writer)
{
    /// <summary>200 while the process lives.</summary>
    public static Task LiveAsync(HttpContext context, CancellationToken cancellationToken) => AnswerAsync(context, StatusCodes.Status200OK, "ok\n", cancellationToken);

    /// <summary>200 while the server takes connections and stores what is sent, else 503 and why.</summary>
    public Task ReadyAsync(HttpContext context, CancellationToken cancellationToken) =>
        state.IsStopping ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready: the server is stopping\n", cancellationToken)
        : !state.IsReady ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready: the store is not open yet\n", cancellationToken)
        : writer.Outage is { } outage ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, $"not ready: {Refusal.Of(outage).Message}\n", cancellationToken)
        : AnswerAsync(context, StatusCodes.Status200OK, "ready\n", cancellationToken);

    private static Task AnswerAsync(HttpContext context, int status, string line, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = line.Length;
        return context.Response.WriteAsync(line, cancellationToken);
    }
}
