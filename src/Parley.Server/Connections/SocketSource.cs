using System.Net.Sockets;

namespace Parley.Server.Connections;

/// <summary>Reads from a plaintext, non-blocking socket, which it owns.</summary>
internal sealed class SocketSource(Socket socket) : IByteSource
{
    public ValueTask<int> WaitAsync(CancellationToken cancellationToken) =>
        socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken);

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = socket.Receive(buffer.Span, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => ValueTask.FromResult(count),
            SocketError.WouldBlock => socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken),
            _ => throw new SocketException((int)error),
        };
    }

    // The descriptor stays: a delivery loop may be writing to it. Without lingering: what the kernel still holds for a peer
    // that does not read is dropped when it is closed.
    public void Cut()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster, or the end.
        }
    }

    public void Dispose() => socket.Dispose();
}
