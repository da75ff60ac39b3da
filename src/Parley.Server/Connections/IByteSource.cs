namespace Parley.Server.Connections;

/// <summary>
/// The line as its reader has it: a plaintext socket, or a stream over TLS. Used by one reader. Disposed of when the
/// connection is over and nobody writes any more.
/// </summary>
internal interface IByteSource : IDisposable
{
    /// <summary>Waits until there are bytes, or the end, without holding a buffer.</summary>
    /// <returns>0, whatever there is.</returns>
    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The same.</exception>
    ValueTask<int> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Reads what is there; 0 at the end.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The same.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Cuts the line: reads and writes under way end. From any thread; does nothing after the disposal.</summary>
    void Cut();
}
