namespace Parley.Server.Delivery;

/// <summary>Writes frames through a stream: for TLS, where the bytes on the socket are not ours to make.</summary>
internal sealed class StreamSink(Stream stream) : IFrameSink
{
    // A slow peer takes many frames in steps of this size, one TLS record each, so that its progress is seen.
    private const int Step = 16 * 1024;

    private Task _pending = Task.CompletedTask;
    private Action? _progress;

    public bool CanHalfClose => false;

    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
    {
        taken = bytes.Length;
        _pending = WriteAsync(bytes);
        return !_pending.IsCompleted ? SinkState.Blocked
            : _pending.IsCompletedSuccessfully ? SinkState.Ready
            : SinkState.Broken;
    }

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress)
    {
        try
        {
            Volatile.Write(ref _progress, progress);
            await _pending;
            await WriteAsync(rest);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException("The connection is gone.", e);
        }
        finally
        {
            Volatile.Write(ref _progress, null);
        }
    }

    public void CloseWrite()
    {
        // TLS over a pipe has no half-close: the connection's owner ends it, which sends close_notify and FIN.
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var step = bytes[..Math.Min(bytes.Length, Step)];
            await stream.WriteAsync(step);
            bytes = bytes[step.Length..];
            Volatile.Read(ref _progress)?.Invoke();
        }
    }
}
