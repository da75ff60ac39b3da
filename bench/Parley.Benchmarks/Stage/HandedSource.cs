using System.Threading.Tasks.Sources;
using Parley.Server.Connections;

namespace Parley.Benchmarks.Stage;

/// <summary>
/// A client whose bytes come when the benchmark hands them over. The connection takes them on the thread that hands them
/// over, and when <see cref="Hand"/> returns it has taken all, unless it had to wait for something else.
/// </summary>
internal sealed class HandedSource : IByteSource, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _arrival;
    private ReadOnlyMemory<byte> _rest;
    private bool _waiting;

    /// <summary>Hands over bytes; none: the client has gone.</summary>
    public void Hand(ReadOnlyMemory<byte> bytes)
    {
        Patience.Until(() => Volatile.Read(ref _waiting));
        HandNow(bytes);
    }

    /// <summary>Hands over bytes to a connection that waits for them. Allocates nothing.</summary>
    public void HandNow(ReadOnlyMemory<byte> bytes)
    {
        _rest = bytes;
        Volatile.Write(ref _waiting, false);
        _arrival.SetResult(0);
    }

    /// <summary>True when all was taken and the connection waits for more. From any thread.</summary>
    public bool IsWaiting => Volatile.Read(ref _waiting);

    public ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        if (!_rest.IsEmpty)
        {
            return ValueTask.FromResult(0);
        }

        _arrival.Reset();
        Volatile.Write(ref _waiting, true);
        return new ValueTask<int>(this, _arrival.Version);
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var length = Math.Min(buffer.Length, _rest.Length);
        _rest[..length].CopyTo(buffer);
        _rest = _rest[length..];
        return ValueTask.FromResult(length);
    }

    public void Cut()
    {
        if (IsWaiting)
        {
            HandNow(default);
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    int IValueTaskSource<int>.GetResult(short token) => _arrival.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _arrival.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _arrival.OnCompleted(continuation, state, token, flags);
}
