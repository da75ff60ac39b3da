using System.Numerics;

namespace Parley.Server.Delivery;

/// <summary>
/// Memory for outboxes, used again. The shared pool keeps some dozen arrays of a size, but one commit fills the outboxes of
/// everybody who sent. From any thread.
/// </summary>
/// <remarks>Bounded: keeps at most 2 MiB of each size up to 64 KiB; what would be more is left to the garbage collector.</remarks>
internal sealed class OutboxPool
{
    private const int SmallestLog = 9;
    private const int LargestLog = 16;
    private const int MaxBytes = 2 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]>[] _spares = new Stack<byte[]>[LargestLog - SmallestLog + 1];

    public OutboxPool()
    {
        for (var i = 0; i < _spares.Length; i++)
        {
            _spares[i] = new Stack<byte[]>();
        }
    }

    /// <summary>An array of this length at least: 512 bytes, or twice as much, and so on.</summary>
    public byte[] Rent(int length)
    {
        var log = Math.Max(SmallestLog, BitOperations.Log2((uint)length - 1) + 1);
        if (log <= LargestLog)
        {
            lock (_gate)
            {
                if (_spares[log - SmallestLog].TryPop(out var spare))
                {
                    return spare;
                }
            }
        }

        return GC.AllocateUninitializedArray<byte>(1 << log);
    }

    /// <summary>Gives back an array that nobody uses any more.</summary>
    public void Return(byte[] array)
    {
        var log = BitOperations.Log2((uint)array.Length);
        if (log > LargestLog)
        {
            return;
        }

        lock (_gate)
        {
            var spares = _spares[log - SmallestLog];
            if (spares.Count < MaxBytes >> log)
            {
                spares.Push(array);
            }
        }
    }
}
