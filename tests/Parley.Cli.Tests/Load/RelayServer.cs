using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Cli.Tests.Load;

/// <summary>A little server that relays every text frame to all other connections, by a rule that the test may bend.</summary>
internal sealed class RelayServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<NetworkStream> _streams = [];
    private readonly List<Task> _tasks = [];
    private readonly Lock _gate = new();
    private readonly Func<int, byte[], IEnumerable<byte[]>> _deliver;
    private int _relayed;

    /// <param name="deliver">What a receiver gets for the message of that number, from 1, and its frame.</param>
    public RelayServer(Func<int, byte[], IEnumerable<byte[]>>? deliver = null)
    {
        _deliver = deliver ?? ((_, frame) => [frame]);
        _listener.Start();
        _tasks.Add(AcceptAsync());
    }

    public string Url => $"ws://{_listener.LocalEndpoint}/";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Task[] tasks;
        lock (_gate)
        {
            tasks = [.. _tasks];
        }

        await Task.WhenAll(tasks);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                lock (_gate)
                {
                    _tasks.Add(ServeAsync(client));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        client.NoDelay = true;
        var stream = client.GetStream();
        try
        {
            await SkipRequestAsync(stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
            lock (_gate)
            {
                _streams.Add(stream);
            }

            while (await ReadAsync(stream) is { } text)
            {
                Relay(stream, Frame(text));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It went.
        }

        lock (_gate)
        {
            _streams.Remove(stream);
        }
    }

    private void Relay(NetworkStream from, byte[] frame)
    {
        lock (_gate)
        {
            var bytes = _deliver(++_relayed, frame).SelectMany(one => one).ToArray();
            foreach (var stream in _streams.Where(stream => stream != from))
            {
                stream.Write(bytes);
            }
        }
    }

    private async Task SkipRequestAsync(NetworkStream stream)
    {
        var last = new byte[1];
        for (var matched = 0; matched < 4; matched = last[0] == "\r\n\r\n"[matched] ? matched + 1 : last[0] == '\r' ? 1 : 0)
        {
            await stream.ReadExactlyAsync(last, _stop.Token);
        }
    }

    // A frame that is shorter than 64 KiB, and masked; null at the close frame.
    private async Task<byte[]?> ReadAsync(NetworkStream stream)
    {
        var head = new byte[2];
        await stream.ReadExactlyAsync(head, _stop.Token);
        var length = head[1] & 0x7F;
        if (length == 126)
        {
            var more = new byte[2];
            await stream.ReadExactlyAsync(more, _stop.Token);
            length = BinaryPrimitives.ReadUInt16BigEndian(more);
        }

        var body = new byte[4 + length];
        await stream.ReadExactlyAsync(body, _stop.Token);
        for (var i = 4; i < body.Length; i++)
        {
            body[i] ^= body[i & 3];
        }

        return (head[0] & 0x0F) == 8 ? null : body[4..];
    }

    private static byte[] Frame(byte[] text) => text.Length <= 125
        ? [0x81, (byte)text.Length, .. text]
        : [0x81, 126, (byte)(text.Length >> 8), (byte)text.Length, .. text];
}
