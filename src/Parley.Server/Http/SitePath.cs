namespace Parley.Server.Http;

/// <summary>Where the application that we live in has put us.</summary>
internal static class SitePath
{
    /// <summary>The path that our endpoints share, without a slash at its end; empty at the root of a site.</summary>
    /// <param name="request">A request.</param>
    /// <param name="depth">How many segments of its path are the endpoint's own: 0 for <c>/</c>, 3 for <c>/r/lobby/1</c>.</param>
    public static string Root(HttpRequest request, int depth)
    {
        var path = (request.PathBase + request.Path).ToUriComponent().AsSpan().TrimEnd('/');
        for (; depth > 0 && path.LastIndexOf('/') is var slash and >= 0; depth--)
        {
            path = path[..slash].TrimEnd('/');
        }

        return path.ToString();
    }
}
