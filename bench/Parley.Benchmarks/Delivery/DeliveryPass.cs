using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;
using Parley.Server.Sessions;

namespace Parley.Benchmarks.Delivery;

/// <summary>
/// One pass of a delivery loop over 1,000 subscribers, each with some 100-byte events to get. The figures are for one
/// subscriber: divide by <see cref="Behind"/> for one delivery. It must allocate nothing.
/// </summary>
public class DeliveryPass
{
    private const int Subscribers = 1_000;

    private Audience? _audience;

    [Params(1, 16, 64)]
    public int Behind { get; set; }

    [GlobalSetup]
    public void Prepare() => _audience = new Audience(Subscribers, Behind, LineEncoder.Instance);

    [Benchmark(OperationsPerInvoke = Subscribers)]
    public long Deliver() => _audience!.Deliver(); // Not null: prepared.
}
