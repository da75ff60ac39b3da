namespace Parley.Server.Connections;

/// <summary>Where a connection's bytes come from: a plaintext socket, or a stream over TLS. Used by one reader.</summary>
internal interface IByteSource
{
    /// <summary>Waits until there are bytes, or the end, without holding a buffer.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    ValueTask WaitAsync(CancellationToken cancellationToken);

    /// <summary>Reads what is there; 0 at the end.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);
}
