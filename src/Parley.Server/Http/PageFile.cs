using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Parley.Server.Http;

/// <summary>A page kept in the assembly, with places named <c>{{so}}</c> to fill in.</summary>
internal sealed class PageFile
{
    private readonly string _text;

    private PageFile(string text) => _text = text;

    /// <summary>Encodes a text for an element or a quoted attribute. Letters of every script stay readable.</summary>
    public static HtmlEncoder Encoder { get; } = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Reads a page.</summary>
    /// <param name="name">Its file name.</param>
    public static PageFile Read(string name)
    {
        var type = typeof(PageFile);
        using var stream = type.Assembly.GetManifestResourceStream($"{type.Namespace}.Pages.{name}")
            ?? throw new InvalidOperationException($"The page {name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new PageFile(reader.ReadToEnd());
    }

    /// <summary>The page with its places filled. What is filled in is put there as it stands, and not looked at again.</summary>
    public string Fill(params ReadOnlySpan<(string Place, string Html)> places)
    {
        var page = new StringBuilder(_text.Length + 1_024);
        var rest = _text.AsSpan();
        while (rest.IndexOf("{{") is var open and >= 0)
        {
            var close = rest.IndexOf("}}");
            page.Append(rest[..open]).Append(Find(places, rest[(open + 2)..close]));
            rest = rest[(close + 2)..];
        }

        return page.Append(rest).ToString();
    }

    /// <summary>Answers a page.</summary>
    public static async Task AnswerAsync(HttpContext context, int status, string html, string type = "text/html; charset=utf-8")
    {
        var body = Encoding.UTF8.GetBytes(html);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static string Find(ReadOnlySpan<(string Place, string Html)> places, ReadOnlySpan<char> name)
    {
        foreach (var (place, html) in places)
        {
            if (name.SequenceEqual(place))
            {
                return html;
            }
        }

        throw new InvalidOperationException($"Nothing fills the place {name}.");
    }
}
