using Parley.Protocol.Messages;

namespace Parley.Client.Tests.Events;

public sealed class EventBufferTests
{
    private static readonly Delivery Something = new(new RoomSynced("lobby", 1), null, null);
    private bool answerAwaited;

    [Fact]
    public async Task A_full_buffer_makes_the_producer_wait_for_the_consumer()
    {
        var buffer = new EventBuffer(1, () => answerAwaited);
        buffer.Add(Something);
        var waiting = buffer.WaitForRoomAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        Assert.True(buffer.IsStalled);
        await buffer.TakeAsync(TestContext.Current.CancellationToken);
        Assert.True(await waiting);
        Assert.False(buffer.IsStalled);
    }

    [Fact]
    public async Task While_an_answer_is_awaited_the_producer_goes_on_and_then_lets_go()
    {
        var buffer = new EventBuffer(1, () => answerAwaited);
        buffer.Add(Something);
        var waiting = buffer.WaitForRoomAsync(TestContext.Current.CancellationToken).AsTask();
        answerAwaited = true;
        buffer.Recheck();
        Assert.True(await waiting);
        for (var n = 1; n < 8; n++)
        {
            Assert.True(await buffer.WaitForRoomAsync(TestContext.Current.CancellationToken));
            buffer.Add(Something);
        }

        Assert.False(await buffer.WaitForRoomAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_completed_buffer_ends_when_it_is_empty()
    {
        var buffer = new EventBuffer(4, () => answerAwaited);
        buffer.Add(Something);
        buffer.Complete();
        Assert.NotNull(await buffer.TakeAsync(TestContext.Current.CancellationToken));
        Assert.Null(await buffer.TakeAsync(TestContext.Current.CancellationToken));
        Assert.False(await buffer.WaitForRoomAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_signal_is_dropped_when_the_buffer_is_full()
    {
        var buffer = new EventBuffer(1, () => answerAwaited);
        var signal = new SignalReceived(new Signal { K = "typing", Room = "lobby", By = "ana" });
        buffer.Add(Something);
        buffer.TryAddSignal(new Delivery(signal, null, null));
        await buffer.TakeAsync(TestContext.Current.CancellationToken);
        buffer.Complete();
        Assert.Null(await buffer.TakeAsync(TestContext.Current.CancellationToken));
    }
}
