using System.Buffers.Binary;
using Parley.Server.Delivery;
using Parley.Testing;

namespace Parley.Faults.InProcess;

/// <summary>A peer in memory that reads everything at once, as frames.</summary>
internal sealed class MemorySink : IFrameSink
{
    private readonly Lock _gate = new();
    private readonly List<WireFrame> _frames = [];
    private TaskCompletionSource? _changed;

    public bool CanHalfClose => true;

    /// <summary>The frames so far.</summary>
    public WireFrame[] Frames
    {
        get
        {
            lock (_gate)
            {
                return [.. _frames];
            }
        }
    }

    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
    {
        taken = bytes.Length;
        TaskCompletionSource? changed;
        lock (_gate)
        {
            for (var rest = bytes.Span; !rest.IsEmpty;)
            {
                _frames.Add(TakeFrame(ref rest));
            }

            changed = _changed;
            _changed = null;
        }

        changed?.TrySetResult();
        return SinkState.Ready;
    }

    public ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress) => throw new InvalidOperationException("It never blocks.");

    public void CloseWrite()
    {
    }

    /// <summary>Waits until there are at least so many frames; false when they do not come within <paramref name="patience"/>.</summary>
    public async Task<bool> ArriveAsync(int count, TimeSpan patience)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_frames.Count >= count)
                {
                    return true;
                }

                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(patience);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    private static WireFrame TakeFrame(ref ReadOnlySpan<byte> rest)
    {
        var length = rest[1] & 127;
        var header = 2;
        if (length == 126)
        {
            (length, header) = (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]), 4);
        }
        else if (length == 127)
        {
            (length, header) = ((int)BinaryPrimitives.ReadInt64BigEndian(rest[2..]), 10);
        }

        var frame = new WireFrame(rest[0] & 15, rest.Slice(header, length).ToArray());
        rest = rest[(header + length)..];
        return frame;
    }
}
