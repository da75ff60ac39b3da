using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;
using Parley.Server.Delivery;

namespace Parley.Benchmarks.Delivery;

/// <summary>
/// A message of 100 bytes put into a room's log. What it allocates is the log itself: the frame's bytes, and 4 for where it
/// ends, a segment at a time.
/// </summary>
public class FrameLogAppend
{
    // As long as that of ReceivedMessages after a while.
    private const long UsualSeq = 1_000_000;

    private readonly FrameLog _log = new(0, new DeliveryOptions());
    private byte[] _payload = [];

    [Params(Dialect.Line, Dialect.Json)]
    public Dialect Speaks { get; set; }

    [GlobalSetup]
    public void Prepare() => _payload = UsualMessage.InLog(Speaks, UsualSeq);

    [Benchmark(Description = "100 B")]
    public void Append() => _log.Append(_log.Tail + 1, _payload);
}
