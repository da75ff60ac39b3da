using Parley.Benchmarks.Delivery;
using Parley.Benchmarks.Sessions;
using Parley.Benchmarks.Stage;

namespace Parley.Benchmarks.Tests;

/// <summary>What the hot path may allocate. What all threads of the process allocate is counted, so nothing else may run.</summary>
[Collection("benchmarks")]
public sealed class AllocationTests
{
    private const int Rounds = 100;

    // Bytes a message; the smallest object has 24. What the test's own surroundings allocate meanwhile is less.
    private const double Noise = 4;

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

    [Fact]
    public void A_send_that_is_read_limited_and_acked_allocates_nothing()
    {
        var requests = new JsonRequests();
        Send();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Send()
        {
            requests.Head();
            requests.Whole();
            requests.Token();
            requests.Ok();
        }
    }

    [Theory]
    [InlineData(Dialect.Line, 1)]
    [InlineData(Dialect.Line, 100)]
    [InlineData(Dialect.Json, 1)]
    [InlineData(Dialect.Json, 100)]
    public void A_message_allocates_nothing_up_to_its_answer(Dialect dialect, int senders)
    {
        using var messages = new ReceivedMessages { Speaks = dialect, Senders = senders };
        messages.PrepareWriter();
        Assert.InRange(BytesPerMessage(messages.ToWriter), 0, Noise);
    }

    [Theory]
    [InlineData(Dialect.Line)]
    [InlineData(Dialect.Json)]
    public void A_message_in_a_commit_of_its_own_allocates_nothing_up_to_its_answer(Dialect dialect)
    {
        using var messages = new ReceivedMessages { Speaks = dialect, Senders = 1 };
        messages.PrepareWriter();
        Assert.InRange(BytesPerMessage(messages.OneByOne), 0, Noise);
    }

    [Theory]
    [InlineData(Dialect.Line, 1)]
    [InlineData(Dialect.Line, 100)]
    [InlineData(Dialect.Json, 1)]
    [InlineData(Dialect.Json, 100)]
    public void A_message_allocates_nothing_but_its_place_in_the_log_on_its_way_to_all_subscribers(Dialect dialect, int senders)
    {
        using var messages = new ReceivedMessages { Speaks = dialect, Senders = senders };
        messages.PrepareSubscribers();
        var log = new FrameLogAppend { Speaks = dialect };
        log.Prepare();
        var place = BytesPerMessage(() =>
        {
            for (var i = 0; i < ReceivedMessages.Messages; i++)
            {
                log.Append();
            }

            return 0;
        });

        Assert.InRange(BytesPerMessage(messages.ToSubscribers) - place, -Noise, Noise);
    }

    private static double BytesPerMessage(Func<long> operation)
    {
        Repeat(operation); // Pools fill, lists grow to their size.
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Repeat(operation);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Rounds * ReceivedMessages.Messages);
    }

    private static void Repeat(Func<long> operation)
    {
        for (var i = 0; i < Rounds; i++)
        {
            operation();
        }
    }
}
