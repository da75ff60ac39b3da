using Parley.Server.Connections;
using Parley.Server.Delivery;

namespace Parley.Faults.Simulation;

/// <summary>What the server reads from a cable.</summary>
internal sealed class CableSource(Cable cable) : IByteSource
{
    public async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        if (cable.Dice.Next(4) == 0)
        {
            await Task.Yield();
        }

        while (cable.AtServer.Count == 0 && !cable.EndAtServer && !cable.IsCut)
        {
            await cable.ReadableAsync();
        }

        ThrowIfCut();
        return 0;
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        var most = Math.Min(buffer.Length, cable.AtServer.Count);
        var count = cable.Dice.Next(4) == 0 && most > 0 ? cable.Dice.Next(1, most + 1) : most;
        cable.AtServer.Bytes[..count].CopyTo(buffer.Span);
        cable.AtServer.Remove(count);
        cable.MoveUp();
        return count;
    }

    public void Cut() => cable.Abort();

    public void Dispose() => cable.CloseFromServer();

    private void ThrowIfCut()
    {
        if (cable.IsCut)
        {
            throw new IOException("The connection is gone.");
        }
    }
}

/// <summary>Where the server writes to a cable; it takes as much as it likes, and sees to it that it is used as it may be.</summary>
internal sealed class CableSink(Cable cable) : IFrameSink
{
    private ReadOnlyMemory<byte> _held;
    private bool _blocked;
    private bool _closed;

    public bool CanHalfClose => !cable.Nature.AsStream;

    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
    {
        Demand(!_blocked && !_closed && !bytes.IsEmpty, "Send while blocked, after the close, or of nothing");
        taken = 0;
        cable.Scheduler.Yield(percent: 8);
        if (cable.IsCut)
        {
            return SinkState.Broken;
        }

        // A kernel may take less than it could.
        var room = Math.Min(bytes.Length, Math.Max(0, cable.Room));
        var most = cable.Dice.Next(12) == 0 ? cable.Dice.Next(room + 1) : room;
        if (most > 0)
        {
            cable.Write(bytes.Span[..most]);
        }

        if (most == bytes.Length)
        {
            taken = most;
            return SinkState.Ready;
        }

        _blocked = true;
        _held = cable.Nature.AsStream ? bytes[most..] : default;
        taken = cable.Nature.AsStream ? bytes.Length : most;
        return SinkState.Blocked;
    }

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress)
    {
        Demand(_blocked, "Finish without a block");
        if (cable.Dice.Next(4) == 0)
        {
            await Task.Yield();
        }

        await FinishAsync(_held, rest, progress);
        _held = default;
        _blocked = false;
    }

    public void CloseWrite()
    {
        Demand(!_blocked, "Close while blocked");
        Demand(!_closed, "Close twice");
        _closed = true;
        if (CanHalfClose)
        {
            cable.CloseWrite();
        }
    }

    private async ValueTask FinishAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, Action progress)
    {
        foreach (var part in (ReadOnlyMemory<byte>[])[first, second])
        {
            for (var rest = part; !rest.IsEmpty;)
            {
                while (cable.Room <= 0 && !cable.IsCut)
                {
                    await cable.WritableAsync();
                }

                if (cable.IsCut)
                {
                    throw new IOException("The connection is gone.");
                }

                var step = cable.Dice.Next(1, Math.Min(rest.Length, cable.Room) + 1);
                cable.Write(rest.Span[..step]);
                rest = rest[step..];
                progress();
            }
        }
    }

    private static void Demand(bool good, string fault)
    {
        if (!good)
        {
            throw new InvalidOperationException($"A sink is used against its contract: {fault}.");
        }
    }
}
