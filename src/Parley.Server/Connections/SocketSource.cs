using System.Net.Sockets;

namespace Parley.Server.Connections;

/// <summary>Reads from a plaintext, non-blocking socket.</summary>
internal sealed class SocketSource(Socket socket) : IByteSource
{
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException("The connection is gone.", e);
        }
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = socket.Receive(buffer.Span, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => ValueTask.FromResult(count),
            SocketError.WouldBlock => ReceiveAsync(buffer, cancellationToken),
            _ => throw new IOException("The connection is gone.", new SocketException((int)error)),
        };
    }

    // Woken, and nothing there: whatever woke it, the end may come while this waits.
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException("The connection is gone.", e);
        }
    }
}
