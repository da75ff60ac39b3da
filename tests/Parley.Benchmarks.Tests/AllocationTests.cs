using Parley.Benchmarks.Delivery;

namespace Parley.Benchmarks.Tests;

/// <summary>What the hot path may allocate.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void A_delivery_allocates_nothing(int behind)
    {
        var pass = new DeliveryPass { Behind = behind };
        pass.Prepare();
        pass.Deliver();
        var before = GC.GetAllocatedBytesForCurrentThread();
        pass.Deliver();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
