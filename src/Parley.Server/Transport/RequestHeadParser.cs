using System.Buffers;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Parley.Server.Transport;

/// <summary>
/// Reads the head of a plain WebSocket upgrade (RFC 9112 §3, §5). Takes the ordinary form alone: whatever is unusual is
/// left to the web server, which knows what to answer.
/// </summary>
internal static class RequestHeadParser
{
    private const int MaxHeaders = 100; // As many as the web server takes.

    // RFC 9110 §5.6.2.
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._");

    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789ABCDEFabcdef:.[]");

    /// <summary>Length of the head with its empty line; 0 while it is not complete.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        return end < 0 ? 0 : end + 4;
    }

    /// <summary>Reads a complete head into a context that has nothing but the request.</summary>
    /// <param name="head">The head, with its empty line.</param>
    /// <param name="path">The one path that is taken.</param>
    /// <param name="context">Used for one request after another; what an earlier one left in it is gone.</param>
    /// <returns>False unless it is an ordinary GET of that path over HTTP/1.1, without a body.</returns>
    public static bool TryRead(ReadOnlySpan<byte> head, ReadOnlySpan<byte> path, HttpContext context)
    {
        context.Request.Headers.Clear();
        var lineEnd = head.IndexOf("\r\n"u8);
        if (!TryReadTarget(head[..lineEnd], path, out var query))
        {
            return false;
        }

        context.Request.Method = HttpMethods.Get;
        context.Request.Protocol = HttpProtocol.Http11;
        context.Request.Scheme = "http";
        context.Request.Path = "/ws";
        context.Request.QueryString = new QueryString(query);
        var rest = head[(lineEnd + 2)..^2];
        for (var lines = 1; !rest.IsEmpty; lines++)
        {
            lineEnd = rest.IndexOf("\r\n"u8);
            if (lines > MaxHeaders || !TryAddHeader(context.Request.Headers, rest[..lineEnd]))
            {
                return false;
            }

            rest = rest[(lineEnd + 2)..];
        }

        return !HasBodyOrOddHost(context.Request.Headers);
    }

    private static bool TryReadTarget(ReadOnlySpan<byte> line, ReadOnlySpan<byte> path, out string query)
    {
        query = "";
        if (!line.StartsWith("GET "u8) || !line["GET ".Length..].EndsWith(" HTTP/1.1"u8))
        {
            return false; // One space cannot stand on both sides of the target.
        }

        var target = line["GET ".Length..^" HTTP/1.1".Length];
        if (!target.StartsWith(path))
        {
            return false;
        }

        var rest = target[path.Length..];
        if (!rest.IsEmpty && (rest[0] != '?' || rest.ContainsAnyExceptInRange((byte)'!', (byte)'~')))
        {
            return false;
        }

        query = Encoding.ASCII.GetString(rest);
        return true;
    }

    private static bool TryAddHeader(IHeaderDictionary headers, ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 1 || line[..colon].ContainsAnyExcept(TokenBytes))
        {
            return false;
        }

        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return false;
        }

        headers.Append(Encoding.ASCII.GetString(line[..colon]), Encoding.ASCII.GetString(value));
        return true;
    }

    // By its presence: a Content-Length that is no number reads as none.
    private static bool HasBodyOrOddHost(IHeaderDictionary headers) =>
        headers.ContainsKey(HeaderNames.ContentLength) || headers.ContainsKey(HeaderNames.TransferEncoding) || headers.ContainsKey(HeaderNames.Expect)
        || headers.Host.Count != 1 || !IsPlainHost(headers.Host.ToString());

    /// <summary>A name or an address, and perhaps a port (RFC 9110 §7.2); not every spelling that is allowed.</summary>
    private static bool IsPlainHost(ReadOnlySpan<char> host)
    {
        var nameEnd = host.StartsWith('[') ? host.IndexOf(']') + 1 : host.IndexOf(':') is var colon and >= 0 ? colon : host.Length;
        var port = host[nameEnd..];
        return nameEnd > (host.StartsWith('[') ? "[::]".Length : 0) // The web server takes no shorter address.
            && !host[..nameEnd].ContainsAnyExcept(host[0] == '[' ? AddressCharacters : NameCharacters)
            && (port.IsEmpty || (port is [':', _, ..] && port.Length <= ":65535".Length && !port[1..].ContainsAnyExceptInRange('0', '9')));
    }
}
