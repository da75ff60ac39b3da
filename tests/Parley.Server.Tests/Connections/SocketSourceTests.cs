using System.Net;
using System.Net.Sockets;
using Parley.Server.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>A peer that resets is gone, not a fault of ours, whatever the server was doing with its socket.</summary>
public sealed class SocketSourceTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SocketSourceTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_reset_while_waiting_ends_as_a_line_that_is_gone() =>
        await EndsAsync(async (source, buffer) =>
        {
            await source.WaitAsync(default); // It only wakes.
            await source.ReadAsync(buffer, default);
        });

    [Fact]
    public async Task A_reset_while_reading_what_is_not_there_yet_ends_as_a_line_that_is_gone() =>
        await EndsAsync((source, buffer) => source.ReadAsync(buffer, default).AsTask());

    private async Task EndsAsync(Func<SocketSource, Memory<byte>, Task> read)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_listener.LocalEndpoint);
        using var server = await _listener.AcceptSocketAsync();
        server.Blocking = false;
        var reading = read(new SocketSource(server), new byte[100]);
        Assert.False(reading.IsCompleted);
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
        await Assert.ThrowsAsync<SocketException>(() => reading.WaitAsync(WireClient.Patience));
    }
}
