using Parley.Server.Delivery;

namespace Parley.Benchmarks.Stage;

/// <summary>A peer that takes everything at once.</summary>
internal sealed class CountingSink : IFrameSink
{
    private long _bytes;

    public bool CanHalfClose => true;

    /// <summary>Bytes taken. From any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
    {
        taken = bytes.Length;
        Volatile.Write(ref _bytes, _bytes + taken);
        return SinkState.Ready;
    }

    public ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress) => ValueTask.CompletedTask;

    public void CloseWrite()
    {
        // Nobody waits for the end.
    }
}
