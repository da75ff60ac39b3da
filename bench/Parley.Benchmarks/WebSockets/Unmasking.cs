using BenchmarkDotNet.Attributes;
using Parley.Server.WebSockets;

namespace Parley.Benchmarks.WebSockets;

/// <summary>The mask of a client's frame, removed in place.</summary>
public class Unmasking
{
    private const uint Key = 0x5A31C479;

    private byte[] _payload = [];

    [Params(10, 100, 16 * 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Prepare() => _payload = new byte[Bytes];

    [Benchmark]
    public void Apply() => FrameMask.Apply(_payload, Key, 0);
}
