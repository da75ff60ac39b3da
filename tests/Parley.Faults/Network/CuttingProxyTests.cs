using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using Parley.Testing;

namespace Parley.Faults.Network;

/// <summary>The proxy does what it says, to an echo server behind it.</summary>
public sealed class CuttingProxyTests : IAsyncLifetime
{
    private static readonly byte[] Head = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n");
    private static readonly byte[] Frame = WireClient.Frame(1, new byte[300]);

    private readonly TcpListener _echo = new(IPAddress.Loopback, 0);
    private Task _echoing = Task.CompletedTask;
    private CuttingProxy? _line;

    private CuttingProxy Line => _line!; // Not null: InitializeAsync makes it.

    public ValueTask InitializeAsync()
    {
        _echo.Start();
        _echoing = EchoAsync();
        _line = new CuttingProxy(new Uri($"http://{_echo.LocalEndpoint}"), seed: 1);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Line.DisposeAsync();
        _echo.Dispose();
        await _echoing;
    }

    [Fact]
    public async Task A_reset_line_ends_with_RST_and_refuses_until_it_is_mended()
    {
        await using var client = await EnterAsync();
        Line.Break(LineFault.Reset);
        Assert.False(await client.ReceiveEndAsync());
        await Assert.ThrowsAnyAsync<SystemException>(EnterAsync); // At dialling or soon after, as chance will have it.
        Line.Mend();
        await using var back = await EnterAsync();
    }

    [Fact]
    public async Task A_line_can_end_with_FIN()
    {
        await using var client = await EnterAsync();
        Line.Break(LineFault.Fin);
        Assert.True(await client.ReceiveEndAsync());
    }

    [Fact]
    public async Task A_black_hole_passes_nothing_and_then_what_it_held()
    {
        await using var client = await EnterAsync();
        Line.Break(LineFault.BlackHole);
        await using var late = await WireClient.DialAsync(Line.Address);
        await client.SendBytesAsync(Frame);
        var coming = client.ReceiveAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System); // An echo takes less than one.
        Assert.False(coming.IsCompleted);
        Line.Mend();
        Assert.NotNull(await coming);
        await late.RequestAsync(Encoding.ASCII.GetString(Head));
        Assert.Equal(Head.Length, late.Response.Length);
    }

    [Fact]
    public async Task A_frame_can_be_cut_in_the_middle()
    {
        await using var client = await EnterAsync();
        Line.Break(LineFault.MidFrame);
        await client.SendBytesAsync(Frame);
        Assert.False(await client.ReceiveEndAsync());
    }

    [Fact]
    public async Task Bytes_that_travel_alone_arrive_in_order()
    {
        Line.Break(LineFault.OneByte);
        await using var client = await EnterAsync();
        await client.SendBytesAsync(Frame);
        Assert.NotNull(await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_throttled_line_passes_1_KB_a_second_until_it_is_mended()
    {
        await using var client = await EnterAsync();
        Line.Break(LineFault.Throttle);
        var start = TimeProvider.System.GetTimestamp();
        await client.SendBytesAsync(Frame);
        Assert.NotNull(await client.ReceiveAsync());
        Assert.True(TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromMilliseconds(300));
        await client.SendBytesAsync(WireClient.Frame(1, new byte[60_000]));
        Line.Mend();
        Assert.NotNull(await client.ReceiveAsync());
    }

    [Fact]
    public void Frames_are_found_however_the_bytes_are_cut() =>
        Gen.Select(Gen.String[0, 70_000].Array[1, 4], Gen.Int[1, 40_000].Array[1, 20]).Sample(
            static (texts, cuts) =>
            {
                byte[] stream = [.. Head, .. texts.SelectMany(t => WireClient.Frame(1, Encoding.UTF8.GetBytes(t)))];
                var scanner = new WireScanner();
                var found = new List<string>();
                for (var (at, i) = (0, 0); at < stream.Length; i++)
                {
                    var count = Math.Min(cuts[i % cuts.Length], stream.Length - at);
                    found.AddRange(scanner.Take(stream.AsSpan(at, count)));
                    at += count;
                    Assert.True(at == stream.Length ? !scanner.IsInside : scanner.IsInside || found.Count < texts.Length);
                }

                Assert.Equal(texts.Select(t => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(t))), found);
            },
            iter: 100);

    /// <summary>Dials, and sends a head that comes back.</summary>
    private async Task<WireClient> EnterAsync()
    {
        var client = await WireClient.DialAsync(Line.Address);
        await client.RequestAsync(Encoding.ASCII.GetString(Head));
        Assert.Equal(Head.Length, client.Response.Length);
        return client;
    }

    private async Task EchoAsync()
    {
        var echoes = new List<Task>();
        try
        {
            while (true)
            {
                echoes.Add(EchoAsync(await _echo.AcceptTcpClientAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            await Task.WhenAll(echoes);
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await client.GetStream().CopyToAsync(client.GetStream());
            }
            catch (IOException)
            {
                // It was cut.
            }
        }
    }
}
