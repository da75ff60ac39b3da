using System.Net.Sockets;

namespace Parley.Server.Delivery;

/// <summary>Writes frames straight to a plaintext socket, without waiting and without a copy.</summary>
/// <param name="socket">Not blocking.</param>
internal sealed class SocketSink(Socket socket) : IFrameSink
{
    // A slow peer takes a large frame in steps of this size, so that its progress is seen.
    private const int Step = 4 * 1024;

    public bool CanHalfClose => true;

    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
    {
        try
        {
            taken = socket.Send(bytes.Span, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success when taken == bytes.Length => SinkState.Ready,
                SocketError.Success or SocketError.WouldBlock => SinkState.Blocked,
                _ => SinkState.Broken,
            };
        }
        catch (ObjectDisposedException)
        {
            taken = 0;
            return SinkState.Broken;
        }
    }

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress)
    {
        try
        {
            while (!rest.IsEmpty)
            {
                var sent = await socket.SendAsync(rest[..Math.Min(rest.Length, Step)], SocketFlags.None);
                rest = rest[sent..];
                progress();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection is gone.", e);
        }
    }

    public void CloseWrite()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }
}
