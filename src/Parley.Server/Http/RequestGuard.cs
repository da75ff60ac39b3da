using Microsoft.AspNetCore.Connections;
using Parley.Protocol;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.WebSockets;

namespace Parley.Server.Http;

/// <summary>
/// Stands before every endpoint: refuses what a foreign page or a careless client sends, and puts the security headers on
/// every answer. What an endpoint throws because the store or the body failed becomes an answer here.
/// </summary>
internal sealed class RequestGuard(ParleyOptions options)
{
    // connect-src: so that the example for a browser's console works on the page that shows it.
    private const string ContentPolicy = "default-src 'none'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);

    private readonly HostRule _hosts = new(options.Hosts);
    private readonly HashSet<string> _origins = new(options.Origins, StringComparer.OrdinalIgnoreCase);

    /// <summary>Puts the guard before an endpoint.</summary>
    public void Protect(EndpointBuilder endpoint) => Wrap(endpoint, next => context => ServeAsync(context, next));

    /// <summary>Puts the headers alone on an endpoint that answers to any host, for probes.</summary>
    public static void AddHeaders(EndpointBuilder endpoint) => Wrap(endpoint, next => context =>
    {
        SetHeaders(context.Response);
        return next(context);
    });

    private static void Wrap(EndpointBuilder endpoint, Func<RequestDelegate, RequestDelegate> wrap) =>
        endpoint.RequestDelegate = wrap(endpoint.RequestDelegate ?? throw new InvalidOperationException("An endpoint serves something."));

    private async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        SetHeaders(context.Response);
        if (Judge(context.Request) is { } refusal)
        {
            await Problem.AnswerAsync(context, refusal);
            return;
        }

        try
        {
            await next(context);
        }
        catch (StoreException e) when (!context.Response.HasStarted)
        {
            await Problem.AnswerAsync(context, Refusal.Of(e) with { RetryAfter = StoreRetry });
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await Problem.AnswerAsync(context, BadBody(e.StatusCode), e.StatusCode);
        }
        catch (OperationCanceledException e)
            when (context.RequestAborted.IsCancellationRequested || e.InnerException is ConnectionAbortedException)
        {
            // The caller went away, or was cut in the middle of its body; there is nobody to answer.
        }
    }

    private static void SetHeaders(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private Refusal? Judge(HttpRequest request)
    {
        if (!_hosts.Allows(request.Host))
        {
            return new Refusal(ErrorCode.BadRequest, "This host name is not known here; use a known name or an IP address, or add the name to the server's allowed hosts.");
        }

        if (request.Query.ContainsKey("token") || request.Query.ContainsKey("access_token"))
        {
            return new Refusal(ErrorCode.BadRequest, "A token never goes in the address, where logs keep it; send it in the header 'Authorization: Bearer', and replace this one.");
        }

        return IsSafe(request.Method) || IsOfOurPages(request)
            ? null
            : new Refusal(ErrorCode.Forbidden, "Pages of this origin may not write here; use the server's own address, or add the origin to the server's allowed origins.");
    }

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    // A browser tells where a request comes from; a program tells nothing and carries no cookie.
    private bool IsOfOurPages(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count > 0 && _origins.Contains(origin.ToString()))
        {
            return true;
        }

        return (origin.Count == 0 || Handshake.IsOwn(origin.ToString(), request))
            && !string.Equals(request.Headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase);
    }

    private static Refusal BadBody(int status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => new Refusal(ErrorCode.TooLarge, "The body is too large."),
        StatusCodes.Status408RequestTimeout => new Refusal(ErrorCode.BadRequest, "The body came too slowly."),
        _ => new Refusal(ErrorCode.BadRequest, "The request is malformed."),
    };
}
