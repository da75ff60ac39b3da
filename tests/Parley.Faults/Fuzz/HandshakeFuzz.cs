using System.Text;
using Microsoft.AspNetCore.Http;
using Parley.Server.Transport;
using Parley.Server.WebSockets;

namespace Parley.Faults.Fuzz;

/// <summary>
/// The handshake below HTTP: whatever it takes, the web server takes too and judges alike. What it does not take is left to
/// the web server, so there is nothing to compare.
/// </summary>
internal sealed class HandshakeFuzz(PipeServer web)
{
    private const string Start = "GET /ws HTTP/1.1\r\n";
    private const string Rest =
        "Host: 127.0.0.1:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static readonly HandshakeOptions Options = new() { Hosts = new HostRule(["chat.example.org"], "box"), Deflate = true };

    private readonly DefaultHttpContext _context = new();

    public static IReadOnlyList<byte[]> Corpus { get; } = Bytes(
        Start + Rest + "\r\n",
        Start + Rest + "Sec-WebSocket-Protocol: parley.v1.json\r\nOrigin: http://127.0.0.1:8080\r\n\r\n",
        "GET /ws?room=lobby&name=ana HTTP/1.1\r\n" + Rest + "User-Agent: x/1.0 (y; z)\r\nAccept: */*\r\n\r\n",
        Start + Rest + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10\r\nCookie: a=b; c=d\r\n\r\n",
        Start + Rest + "Authorization: Bearer abc.def\r\nSec-WebSocket-Protocol: a, parley.v1.text\r\n\r\n",
        "GET /ws?name=%C3%A9&room=a-b_c HTTP/1.1\r\n" + Rest.Replace("127.0.0.1:8080", "chat.example.org", StringComparison.Ordinal) + "\r\n",
        Start + Rest.Replace("127.0.0.1:8080", "[::1]:80", StringComparison.Ordinal).ToUpperInvariant() + "\r\n");

    public static IReadOnlyList<byte[]> Tokens { get; } = Bytes(
        "\r\n", "\r", "\n", "\r\n\r\n", ":", " ", "\t", ", ", ";", "\"", "?", "&token=x", "%00", "%", "#", "//", "/../", "*", "HTTP/1.0", "HTTP/2",
        "\r\nContent-Length: 5", "\r\nContent-Length: 0", "\r\nContent-Length: x", "\r\nContent-Length: 1\r\nContent-Length: 1", "\r\nTransfer-Encoding: chunked",
        "\r\nExpect: 100-continue", "\r\nHost: evil.example", "\r\nHost:", "\r\nConnection: close", "\r\nConnection: keep-alive, Upgrade", "\r\nUpgrade: h2c",
        "\r\nOrigin: null", "\r\nOrigin: http://evil.example", "\r\nCookie: parley_session=1", "\r\nX: é", "\r\n folded", "\r\nX : y", "\r\nX:", "@", "\\", ":99999", ":x", "é", "\0",
        "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "\r\nSec-WebSocket-Protocol: parley.v1.json", "websocket", "Upgrade", "GET ", "get ", "http://127.0.0.1/ws");

    /// <summary>Requests that were taken, and so compared.</summary>
    public int Compared { get; private set; }

    public async ValueTask CheckAsync(byte[] input)
    {
        // One context for all, as the server has it: nothing of an earlier request may tell.
        var length = RequestHeadParser.LengthOf(input);
        if (length == 0 || !RequestHeadParser.TryRead(input.AsSpan(0, length), "/ws"u8, _context) || Judge(_context) is not { } verdict)
        {
            return;
        }

        Compared++;
        Assert.Equal(verdict, await web.AskAsync(input[..length]));
    }

    /// <summary>What the web server's path says: the verdict, or why not.</summary>
    public static string JudgeOnTheWeb(HttpContext context) => Judge(context) ?? "refused";

    private static string? Judge(HttpContext context)
    {
        var result = Handshake.Judge(context, Options);
        if (!result.IsAccepted)
        {
            return null;
        }

        var answer = Handshake.Answer(result);
        Assert.Equal(answer.Length - 4, answer.IndexOf("\r\n\r\n", StringComparison.Ordinal));
        Assert.DoesNotContain(answer, c => c is not (>= ' ' and <= '~' or '\r' or '\n'));
        var query = context.Request.Query;
        return $"{context.Request.Path} {query["room"]} {query["name"]} {context.Request.Headers.Authorization} {result.IgnoreCookies}\n{answer}";
    }

    private static byte[][] Bytes(params string[] texts) => Array.ConvertAll(texts, Encoding.Latin1.GetBytes);
}
