using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Parley.Testing;

/// <summary>
/// A WebSocket client that does just what it is told, byte for byte, right or wrong; and sees every frame that comes.
/// Every wait is bounded by <see cref="Patience"/>.
/// </summary>
public sealed class WireClient : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _marks;

    private WireClient(TcpClient tcp, Stream stream)
    {
        _tcp = tcp;
        _stream = stream;
    }

    /// <summary>How long a wait may take before the test fails.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    /// <summary>The status line and headers of the answer to the handshake.</summary>
    public string Response { get; private set; } = "";

    /// <summary>The HTTP status of the answer.</summary>
    public int Status => int.Parse(Response.AsSpan(9, 3), CultureInfo.InvariantCulture);

    /// <summary>The socket.</summary>
    public Socket Socket => _tcp.Client;

    /// <summary>Opens a TCP connection and says nothing.</summary>
    /// <param name="server">Address.</param>
    /// <param name="receiveBuffer">SO_RCVBUF; 0 leaves it.</param>
    /// <param name="from">The address to come from; null: any.</param>
    public static async Task<WireClient> DialAsync(Uri server, int receiveBuffer = 0, IPAddress? from = null)
    {
        var tcp = from is null ? new TcpClient() : new TcpClient(new IPEndPoint(from, 0));
        tcp.NoDelay = true;
        if (receiveBuffer > 0)
        {
            tcp.ReceiveBufferSize = receiveBuffer;
        }

        await tcp.ConnectAsync(server.Host, server.Port);
        return new WireClient(tcp, tcp.GetStream());
    }

    /// <summary>Opens a WebSocket in the line dialect; fails unless the server agrees.</summary>
    public static Task<WireClient> LineAsync(ChatServer server, string? name = null, string room = "lobby", int receiveBuffer = 0) =>
        OpenAsync(server.Http, $"/ws?room={room}" + (name is null ? "" : $"&name={Uri.EscapeDataString(name)}"), receiveBuffer: receiveBuffer);

    /// <summary>Opens a WebSocket in the JSON dialect and says nothing.</summary>
    public static Task<WireClient> JsonAsync(ChatServer server, int receiveBuffer = 0) =>
        OpenAsync(server.Http, "/ws", "Sec-WebSocket-Protocol: parley.v1.json", receiveBuffer: receiveBuffer);

    /// <summary>Opens a WebSocket in the JSON dialect as a guest and takes the <c>welcome</c>.</summary>
    public static async Task<WireClient> GuestAsync(ChatServer server, string name, string more = "", int receiveBuffer = 0)
    {
        var client = await JsonAsync(server, receiveBuffer);
        await client.SendTextAsync($$"""{"t":"hello","v":1,"guest":{"name":"{{name}}"}{{more}}}""");
        var welcome = await client.ReceiveTextAsync();
        return welcome.Contains("\"t\":\"welcome\"", StringComparison.Ordinal)
            ? client
            : throw new InvalidOperationException("No welcome but: " + welcome);
    }

    /// <summary>Opens a WebSocket; fails unless the server agrees.</summary>
    /// <param name="server">Address; its scheme https speaks TLS and trusts <see cref="TestCertificate"/> alone.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="headers">Header lines besides the usual.</param>
    /// <param name="receiveBuffer">SO_RCVBUF; 0 leaves it.</param>
    public static async Task<WireClient> OpenAsync(Uri server, string path, string? headers = null, int receiveBuffer = 0)
    {
        var client = await UpgradeAsync(server, path, headers, receiveBuffer);
        return client.Status == 101 ? client : throw new InvalidOperationException(client.Response);
    }

    /// <summary>Asks for a WebSocket and takes the answer, whatever it is.</summary>
    public static async Task<WireClient> UpgradeAsync(Uri server, string path, string? headers = null, int receiveBuffer = 0, IPAddress? from = null)
    {
        var client = await DialAsync(server, receiveBuffer, from);
        if (server.Scheme == "https")
        {
            var tls = new SslStream(client._stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                CertificateChainPolicy = TestCertificate.TrustItself,
            });
            client = new WireClient(client._tcp, tls);
        }

        await client.RequestAsync(
            $"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + (headers is null ? "" : headers + "\r\n") + "\r\n");
        return client;
    }

    /// <summary>Sends a request as it stands and takes the head of the answer.</summary>
    public async Task RequestAsync(string request)
    {
        await SendBytesAsync(Encoding.ASCII.GetBytes(request));
        int end;
        while ((end = Unread.IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync())
            {
                break;
            }
        }

        end = end < 0 ? Unread.Length : end + 4;
        Response = Encoding.ASCII.GetString(Unread[..end]);
        _start += end;
    }

    /// <summary>Sends bytes as they stand.</summary>
    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    /// <summary>Sends a masked text frame.</summary>
    public Task SendTextAsync(string text) => SendBytesAsync(Frame(1, Encoding.UTF8.GetBytes(text)));

    /// <summary>Sends a close frame.</summary>
    public Task CloseAsync(int code, string reason = "") =>
        SendBytesAsync(Frame(8, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]));

    /// <summary>Vanishes: the peer gets a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    /// <summary>
    /// Sends a ping and takes frames up to its pong. What the server did because of anything before the ping has arrived
    /// by then, if it goes through this connection's outbox.
    /// </summary>
    /// <returns>The frames before the pong.</returns>
    public async Task<IReadOnlyList<WireFrame>> RoundTripAsync()
    {
        var mark = $"mark {++_marks}";
        await SendBytesAsync(Frame(9, Encoding.UTF8.GetBytes(mark)));
        var before = new List<WireFrame>();
        while (await ReceiveAsync() is { } frame)
        {
            if (frame.Opcode == 10 && frame.Text == mark)
            {
                return before;
            }

            before.Add(frame);
        }

        throw new InvalidOperationException("The connection ended after: " + string.Join(" | ", before.Select(f => $"{f.Opcode} {f.CloseCode} {f.Text}")));
    }

    /// <summary>Drops frames up to the close frame, takes the end of the stream, and says how it went: <c>1000 bye, FIN</c>.</summary>
    public async Task<string> ReceiveFarewellAsync()
    {
        var close = await ReceiveCloseAsync();
        return $"{close.CloseCode} {close.CloseReason}, {(await ReceiveEndAsync() ? "FIN" : "RST")}";
    }

    /// <summary>Makes a masked frame.</summary>
    public static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool fin = true)
    {
        ReadOnlySpan<byte> mask = [0x11, 0xA2, 0x33, 0xC4];
        var header = new byte[14];
        header[0] = (byte)((fin ? 0x80 : 0) | opcode);
        int length;
        switch (payload.Length)
        {
            case <= 125:
                header[1] = (byte)(0x80 | payload.Length);
                length = 2;
                break;
            case <= ushort.MaxValue:
                header[1] = 0x80 | 126;
                BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)payload.Length);
                length = 4;
                break;
            default:
                header[1] = 0x80 | 127;
                BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(2), (ulong)payload.Length);
                length = 10;
                break;
        }

        mask.CopyTo(header.AsSpan(length));
        length += 4;
        var frame = new byte[length + payload.Length];
        header.AsSpan(0, length).CopyTo(frame);
        for (var i = 0; i < payload.Length; i++)
        {
            frame[length + i] = (byte)(payload[i] ^ mask[i & 3]);
        }

        return frame;
    }

    /// <summary>The next frame; null at the end of the stream.</summary>
    public async Task<WireFrame?> ReceiveAsync()
    {
        while (true)
        {
            if (TryTake(out var frame))
            {
                return frame;
            }

            if (!await FillAsync())
            {
                return null;
            }
        }
    }

    /// <summary>The next text; pings are answered on the way. Fails on anything else.</summary>
    public async Task<string> ReceiveTextAsync()
    {
        while (true)
        {
            var frame = await ReceiveAsync();
            switch (frame?.Opcode)
            {
                case 1:
                    return frame.Text;
                case 9:
                    await SendBytesAsync(Frame(10, frame.Payload));
                    break;
                case null:
                    throw new InvalidOperationException("The connection ended.");
                default:
                    throw new InvalidOperationException($"Not a text but opcode {frame.Opcode}, code {frame.CloseCode} {frame.CloseReason}");
            }
        }
    }

    /// <summary>The next text that contains something; what comes before it is dropped.</summary>
    public async Task<string> ReceiveTextAsync(string containing)
    {
        while (true)
        {
            var text = await ReceiveTextAsync();
            if (text.Contains(containing, StringComparison.Ordinal))
            {
                return text;
            }
        }
    }

    /// <summary>Drops frames up to the close frame, and returns it; fails when the stream ends without one.</summary>
    public async Task<WireFrame> ReceiveCloseAsync()
    {
        while (await ReceiveAsync() is { } frame)
        {
            if (frame.Opcode == 8)
            {
                return frame;
            }
        }

        throw new InvalidOperationException("The connection ended without a close frame.");
    }

    /// <summary>Waits for the end of the stream; false if it was a reset.</summary>
    public async Task<bool> ReceiveEndAsync()
    {
        try
        {
            while (await FillAsync())
            {
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    private bool TryTake(out WireFrame? frame)
    {
        frame = null;
        var bytes = Unread;
        if (bytes.Length < 2)
        {
            return false;
        }

        long length = bytes[1] & 127;
        var header = 2;
        if (length == 126)
        {
            header = 4;
            if (bytes.Length < header)
            {
                return false;
            }

            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        }
        else if (length == 127)
        {
            header = 10;
            if (bytes.Length < header)
            {
                return false;
            }

            length = BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);
        }

        if (bytes.Length - header < length)
        {
            return false;
        }

        frame = new WireFrame(bytes[0] & 15, bytes.Slice(header, (int)length).ToArray());
        _start += header + (int)length;
        return true;
    }

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    private async Task<bool> FillAsync()
    {
        if (_start > 0)
        {
            Unread.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = await _stream.ReadAsync(_buffer.AsMemory(_end)).AsTask().WaitAsync(Patience);
        _end += count;
        return count > 0;
    }
}
