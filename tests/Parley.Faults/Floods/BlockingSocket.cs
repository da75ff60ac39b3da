using System.Net;
using System.Net.Sockets;
using System.Text;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>A WebSocket that blocks its thread, so that it waits for the server alone and for no other work of this process.</summary>
internal sealed class BlockingSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16_384];
    private string _unread = "";

    /// <param name="server">Its address.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="header">One header more, with its line end; may be empty.</param>
    public BlockingSocket(Uri server, string path, string header)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)WireClient.Patience.TotalMilliseconds;
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, server.Port));
        _socket.Send(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n"));
        ReadUntil("101 ");
        ReadUntil("\r\n\r\n");
    }

    public void Send(string text) => _socket.Send(WireClient.Frame(1, Encoding.UTF8.GetBytes(text)));

    /// <summary>Reads up to a piece of text, in whatever frames it comes.</summary>
    /// <exception cref="SocketException">It does not come in time.</exception>
    public void ReadUntil(string text)
    {
        int at;
        while ((at = _unread.IndexOf(text, StringComparison.Ordinal)) < 0)
        {
            var count = _socket.Receive(_buffer);
            _unread = count > 0 ? _unread + Encoding.Latin1.GetString(_buffer, 0, count) : throw new EndOfStreamException($"Instead of {text}: {_unread}");
        }

        _unread = _unread[(at + text.Length)..];
    }

    /// <summary>Says goodbye, and reads to the end.</summary>
    public void Close()
    {
        _socket.Send(WireClient.Frame(8, [0x03, 0xE8]));
        while (_socket.Receive(_buffer) > 0)
        {
        }
    }

    public void Dispose() => _socket.Dispose();
}
