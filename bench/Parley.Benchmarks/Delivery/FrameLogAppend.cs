using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;
using Parley.Server.Delivery;

namespace Parley.Benchmarks.Delivery;

/// <summary>A frame put into a room's log. What it allocates is the log itself: the frame's bytes, and 4 for where it ends.</summary>
public class FrameLogAppend
{
    private readonly FrameLog _log = new(0, new DeliveryOptions());
    private readonly byte[] _payload = ClientBytes.Letters(100);

    [Benchmark(Description = "100 B")]
    public void Append() => _log.Append(_log.Tail + 1, _payload);
}
