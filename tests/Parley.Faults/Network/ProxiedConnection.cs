using System.Net;
using System.Net.Sockets;

namespace Parley.Faults.Network;

/// <summary>One connection through a <see cref="CuttingProxy"/>, with a pump for each direction.</summary>
internal sealed class ProxiedConnection(CuttingProxy line, Socket client, LineRecord? record, Random dice) : IDisposable
{
    private const int ReadBytes = 16 * 1024;
    private const int ThrottledBytes = 100;
    private static readonly TimeSpan ThrottlePause = TimeSpan.FromMilliseconds(100); // 100 bytes each: 1 KB/s.

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private volatile bool _finished;
    private int _cut;

    /// <summary>Passes bytes until either side, or the line, ends it. Never throws.</summary>
    public async Task RunAsync(IPEndPoint server)
    {
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(server);
            await Task.WhenAll(
                PumpAsync(client, _server, text => record?.Said(this, text)),
                PumpAsync(_server, client, text => record?.Told(this, text)));
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The server is away, or the line was cut meanwhile.
        }

        Dispose();
    }

    /// <summary>As <see cref="Reset()"/>.</summary>
    public void Dispose() => Reset();

    /// <summary>Ends it by RST to both sides, whatever is on the way.</summary>
    public void Reset()
    {
        record?.Over(this);
        Reset(client);
        Reset(_server);
    }

    /// <summary>Ends it by FIN to both sides; what comes from them is dropped.</summary>
    public void Finish()
    {
        _finished = true;
        record?.Over(this);
        foreach (var socket in (ReadOnlySpan<Socket>)[client, _server])
        {
            try
            {
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (IsEnd(e))
            {
                // It is gone already, or not there yet: then the pump ends it.
            }
        }
    }

    /// <summary>Ends a socket by RST.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // It is gone already.
        }

        socket.Dispose();
    }

    private static bool IsEnd(Exception e) => e is SocketException or ObjectDisposedException;

    private async Task PumpAsync(Socket from, Socket to, Action<string> passing)
    {
        var buffer = new byte[ReadBytes];
        var scanner = new WireScanner();
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                if (!_finished)
                {
                    await PassAsync(buffer.AsMemory(0, count), to, scanner, passing);
                }
            }

            await WaitOutHoleAsync();
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsEnd(e))
        {
            Reset();
        }
    }

    private async Task WaitOutHoleAsync()
    {
        while (line.Fault == LineFault.BlackHole)
        {
            await line.Mended;
        }
    }

    private async Task PassAsync(ReadOnlyMemory<byte> bytes, Socket to, WireScanner scanner, Action<string> passing)
    {
        while (!bytes.IsEmpty)
        {
            await WaitOutHoleAsync();
            var count = bytes.Length;
            switch (line.Fault)
            {
                case LineFault.MidFrame:
                    await PassPartAsync(bytes, to, scanner, passing);
                    return;
                case LineFault.OneByte:
                    count = 1;
                    break;
                case LineFault.Throttle:
                    count = Math.Min(ThrottledBytes, count);
                    await Task.WhenAny(Task.Delay(ThrottlePause, TimeProvider.System), line.Mended);
                    break;
            }

            await SendAsync(bytes[..count], to, scanner, passing);
            bytes = bytes[count..];
        }
    }

    /// <summary>Passes bytes up to a place inside a frame, and resets the connection.</summary>
    private async Task PassPartAsync(ReadOnlyMemory<byte> bytes, Socket to, WireScanner scanner, Action<string> passing)
    {
        if (Interlocked.Exchange(ref _cut, 1) != 0)
        {
            return; // The other direction is being cut.
        }

        var count = dice.Next(bytes.Length);
        await SendAsync(bytes[..count], to, scanner, passing);
        if (!scanner.IsInside)
        {
            await SendAsync(bytes[count..(count + 1)], to, scanner, passing); // A frame has two bytes at least.
        }

        Reset();
    }

    // Told before it passes, so that whatever it causes is told after it.
    private static async Task SendAsync(ReadOnlyMemory<byte> bytes, Socket to, WireScanner scanner, Action<string> passing)
    {
        foreach (var text in scanner.Take(bytes.Span))
        {
            passing(text);
        }

        while (!bytes.IsEmpty)
        {
            bytes = bytes[await to.SendAsync(bytes)..];
        }
    }
}
