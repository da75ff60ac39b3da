using Parley.Server.Delivery;

namespace Parley.Server.Tests.Delivery;

/// <summary>
/// A sink in memory that takes as much as it likes, blocks and goes on as it likes, all from a seed; and that fails when it
/// is used against the contract: by two threads, while it is blocked, or after the close.
/// </summary>
internal sealed class RandomSink(int seed, bool halfCloses) : IFrameSink
{
    private readonly Random _random = new(seed);
    private readonly List<byte> _taken = [];
    private readonly Lock _gate = new();
    private bool _blocked;
    private bool _closed;
    private string? _fault;

    /// <summary>How often a send takes everything, of ten.</summary>
    public int Willing { get; init; } = 5;

    public bool CanHalfClose { get; } = halfCloses;

    /// <summary>True once the write half was closed.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    /// <summary>All bytes taken so far.</summary>
    /// <exception cref="InvalidOperationException">The contract was broken.</exception>
    public byte[] Taken()
    {
        lock (_gate)
        {
            return _fault is null ? [.. _taken] : throw new InvalidOperationException(_fault);
        }
    }

    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
    {
        lock (_gate)
        {
            Check(!_blocked && !_closed && bytes.Length > 0, "Send while blocked, after the close, or of nothing.");
            if (_random.Next(10) < Willing)
            {
                _taken.AddRange(bytes.Span);
                taken = bytes.Length;
                return SinkState.Ready;
            }

            // A stream takes everything and blocks; a socket takes a part.
            taken = _random.Next(3) switch
            {
                0 => bytes.Length,
                1 => 0,
                _ => _random.Next(bytes.Length + 1),
            };
            _taken.AddRange(bytes.Span[..taken]);
            _blocked = true;
            return SinkState.Blocked;
        }
    }

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress)
    {
        Check(_blocked, "Finish without a block.");
        while (!rest.IsEmpty)
        {
            int step;
            lock (_gate)
            {
                step = _random.Next(1, rest.Length + 1);
                _taken.AddRange(rest.Span[..step]);
            }

            rest = rest[step..];
            progress();
            await Task.Yield();
        }

        lock (_gate)
        {
            _blocked = false;
        }
    }

    public void CloseWrite()
    {
        lock (_gate)
        {
            Check(!_blocked && !_closed, "Close while blocked, or twice.");
            _closed = true;
        }
    }

    private void Check(bool good, string fault) => _fault ??= good ? null : fault;
}
