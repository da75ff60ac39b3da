using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>Clients that mean harm, each of one kind. They come from many loopback addresses, as a flood does.</summary>
internal static class Attackers
{
    private const int PerAddress = 100;
    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(400);

    /// <summary>Opens connections that say nothing, drip headers, stop in mid-handshake or drip a body.</summary>
    /// <returns>How long the longest of them was let live.</returns>
    public static async Task<TimeSpan> SlowlorisAsync(Uri server, int count)
    {
        var lives = await Task.WhenAll(Enumerable.Range(0, count).Select(i => (i % 4) switch
        {
            0 => LiveAsync(server, i, "", ""),
            1 => LiveAsync(server, i, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-Drip: y\r\n"),
            2 => LiveAsync(server, i, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: webso", ""),
            _ => LiveAsync(server, i, "POST /api/rooms/lobby/messages?name=eve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 9000\r\n\r\n", "x"),
        }));
        return lives.Max();
    }

    /// <summary>Upgrades, and hangs up: some before the answer, some after it, some without a word, most with a reset.</summary>
    /// <returns>Upgrades asked for.</returns>
    public static async Task<int> HangUpsAsync(Uri server, int count)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(count, 64)).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                try
                {
                    await HangUpAsync(server, i);
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    // Turned away.
                }
            }
        }));
        return count;
    }

    /// <summary>Opens WebSockets and never says hello.</summary>
    /// <returns>How each was ended.</returns>
    public static Task<string[]> SilentSocketsAsync(Uri server, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
    {
        await using var client = await WireClient.UpgradeAsync(server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json", from: Address(i));
        return client.Status == 101 ? await client.ReceiveFarewellAsync() : $"{client.Status}";
    }));

    /// <summary>Opens WebSockets and sends nothing but pings and pongs, as fast as it can.</summary>
    /// <returns>How each was ended.</returns>
    public static Task<string[]> ControlFramesAsync(Uri server, int count)
    {
        byte[] burst = [.. Enumerable.Range(0, 20).SelectMany(i => WireClient.Frame(i % 2 == 0 ? 9 : 10, "flood"u8))];
        return Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            await using var client = await WireClient.UpgradeAsync(server, "/ws", from: Address(i));
            var farewell = client.ReceiveFarewellAsync();
            for (var sent = 0; !farewell.IsCompleted && sent < 1_000; sent += 20)
            {
                await client.SendBytesAsync(burst);
                await Task.Yield();
            }

            return await farewell;
        }));
    }

    private static IPAddress Address(int index) => new([127, 1, (byte)(index / PerAddress / 250), (byte)(1 + (index / PerAddress % 250))]);

    private static async Task<TimeSpan> LiveAsync(Uri server, int index, string opening, string drip)
    {
        await using var client = await WireClient.DialAsync(server, from: Address(index));
        var start = Stopwatch.GetTimestamp();
        var end = client.ReceiveEndAsync();
        try
        {
            await client.SendBytesAsync(Encoding.ASCII.GetBytes(opening));
            while (!end.IsCompleted)
            {
                await Task.WhenAny(end, Task.Delay(Drip, TimeProvider.System));
                await client.SendBytesAsync(Encoding.ASCII.GetBytes(drip));
            }
        }
        catch (IOException)
        {
            // It was cut.
        }

        await end;
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task HangUpAsync(Uri server, int index)
    {
        if (index % 4 == 0)
        {
            await using var silent = await WireClient.DialAsync(server, from: Address(index));
            silent.Reset();
            return;
        }

        await using var client = await WireClient.DialAsync(server, from: Address(index));
        var request = Encoding.ASCII.GetBytes(
            $"GET /ws?room=lobby HTTP/1.1\r\nHost: {server.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await client.SendBytesAsync(request);
        if (index % 4 == 1)
        {
            await client.RequestAsync("");
        }

        if (index % 4 != 2)
        {
            client.Reset();
        }
    }
}
