using System.Text;

namespace Parley.Cli.Load.Wire;

/// <summary>The opening handshake, from the client's side.</summary>
internal static class UpgradeRequest
{
    // The example of RFC 6455, section 1.3. A load test needs no nonce; the server's answer is checked all the same.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private static ReadOnlySpan<byte> Accept => "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="u8;

    /// <summary>The request.</summary>
    public static byte[] Make(Uri url, string pathAndQuery, string? subprotocol, string? token)
    {
        var request = new StringBuilder()
            .Append("GET ").Append(pathAndQuery).Append(" HTTP/1.1\r\nHost: ").Append(url.Authority)
            .Append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
            .Append(Key).Append("\r\n");
        if (subprotocol is not null)
        {
            request.Append("Sec-WebSocket-Protocol: ").Append(subprotocol).Append("\r\n");
        }

        if (token is not null)
        {
            request.Append("Authorization: Bearer ").Append(token).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(request.Append("\r\n").ToString());
    }

    /// <summary>Looks at what has come of the answer.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="length">Bytes of the answer's head, once it is whole.</param>
    /// <param name="refusal">What the server said instead of yes; null if it agreed.</param>
    /// <returns>False if the head is not yet whole.</returns>
    public static bool TryAnswer(ReadOnlySpan<byte> bytes, out int length, out string? refusal)
    {
        refusal = null;
        length = bytes.IndexOf("\r\n\r\n"u8) + 4;
        if (length < 4)
        {
            return false;
        }

        var head = bytes[..length];
        if (!head.StartsWith("HTTP/1.1 101"u8))
        {
            refusal = FirstLine(head) + Body(bytes[length..]);
        }
        else if (head.IndexOf(Accept) < 0)
        {
            refusal = "the answer to the handshake has the wrong Sec-WebSocket-Accept";
        }

        return true;
    }

    // The first line that says something; the others may be the sizes of chunks.
    private static string Body(ReadOnlySpan<byte> body) =>
        Encoding.UTF8.GetString(body).Split("\r\n").FirstOrDefault(line => line.Length > 8) is { } line ? $" ({line.Trim()})" : "";

    private static string FirstLine(ReadOnlySpan<byte> head)
    {
        var line = head[..head.IndexOf((byte)'\r')];
        return Encoding.ASCII.GetString(line[..Math.Min(line.Length, 200)]);
    }
}
