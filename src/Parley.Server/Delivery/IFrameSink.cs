namespace Parley.Server.Delivery;

/// <summary>What came of handing bytes to a sink.</summary>
internal enum SinkState
{
    /// <summary>All bytes were taken; more may follow.</summary>
    Ready,

    /// <summary>The peer reads slower than we write. Hand over nothing until <see cref="IFrameSink.FinishAsync"/> has completed.</summary>
    Blocked,

    /// <summary>The connection is gone.</summary>
    Broken,
}

/// <summary>Where a connection's frames leave: a plaintext socket, or a stream over TLS. Used by one thread at a time.</summary>
internal interface IFrameSink
{
    /// <summary>True when the write half can be closed alone, so that the peer's last bytes can still be read.</summary>
    bool CanHalfClose { get; }

    /// <summary>Hands over bytes without waiting.</summary>
    /// <param name="bytes">Whole frames, one after another.</param>
    /// <param name="taken">How many bytes were taken; less than all only when blocked or broken.</param>
    SinkState Send(ReadOnlyMemory<byte> bytes, out int taken);

    /// <summary>Sends what a blocked <see cref="Send"/> did not take of the frame in progress, and waits until more may be sent.</summary>
    /// <param name="rest">The rest of the frame in progress, or the next whole frame when none was begun; empty when all was taken.</param>
    /// <param name="progress">Called each time that the peer has made room.</param>
    /// <exception cref="IOException">The connection is gone.</exception>
    ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress);

    /// <summary>Sends FIN after all that was handed over.</summary>
    void CloseWrite();
}
