namespace Parley.Server.Http;

/// <summary><c>GET /</c>: how to join, with this server's own address in the examples; and the style of all pages.</summary>
internal sealed class StartPage
{
    private readonly PageFile _page = PageFile.Read("start.html");
    private readonly string _style = PageFile.Read("parley.css").Fill();

    /// <summary>Answers the page.</summary>
    public Task GetAsync(HttpContext context)
    {
        var request = context.Request;
        var root = SitePath.Root(request, 0);
        var address = request.Host.Value + root;
        return PageFile.AnswerAsync(context, StatusCodes.Status200OK, _page.Fill(
            ("host", PageFile.Encoder.Encode(request.Host.Value ?? "")),
            ("root", PageFile.Encoder.Encode(root)),
            ("http", PageFile.Encoder.Encode($"{request.Scheme}://{address}")),
            ("ws", PageFile.Encoder.Encode($"{(request.IsHttps ? "wss" : "ws")}://{address}"))));
    }

    /// <summary>Answers the style sheet.</summary>
    public Task GetStyleAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "max-age=3600";
        return PageFile.AnswerAsync(context, StatusCodes.Status200OK, _style, "text/css; charset=utf-8");
    }
}
