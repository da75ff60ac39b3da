using Microsoft.Extensions.Logging.Abstractions;
using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Benchmarks.Stage;

/// <summary>A room's feed with its subscribers, each with a sink of its own; nothing runs but what the caller runs.</summary>
internal sealed class Audience
{
    private readonly RoomFeed _feed;
    private readonly Subscription[] _subscriptions;
    private readonly Segment _segment;
    private readonly int _behind;

    /// <param name="subscribers">How many.</param>
    /// <param name="behind">Frames that each has yet to get.</param>
    /// <param name="encoder">Their dialect.</param>
    public Audience(int subscribers, int behind, IEventEncoder encoder)
    {
        // One segment, so that each is served by one send.
        var options = new DeliveryOptions();
        var catchUp = new CatchUpReader(new MemoryStore(), options, NullLogger<CatchUpReader>.Instance);
        var loops = new DeliveryLoops(options, catchUp, NullLogger<DeliveryLoops>.Instance);
        _feed = new RoomFeed(MemoryStore.Lobby.Id, MemoryStore.Lobby.Name, 0, encoder, loops);
        _behind = behind;
        _subscriptions = [.. Enumerable.Range(0, subscribers).Select(_ => Subscribe(new Outlet(new CountingSink(), loops, 0, TimeProvider.System)))];
        var events = Enumerable.Range(1, behind).Select(Message).ToList();
        foreach (var stored in events)
        {
            _feed.Publish(stored, new System.Buffers.ArrayBufferWriter<byte>());
        }

        _segment = _feed.Encode(events);
        Group.Run();
        if (_subscriptions.Any(one => one.Cursor != behind))
        {
            throw new InvalidOperationException("Somebody did not get everything.");
        }
    }

    private SubscriberGroup Group => _feed.GroupOf(0);

    /// <summary>Sends everybody what it has not got, once more.</summary>
    /// <returns>The last cursor.</returns>
    public long Deliver()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Segment = _segment;
            subscription.Cursor = 0;
        }

        Group.Run();
        return _subscriptions[^1].Cursor == _behind ? _behind : throw new InvalidOperationException("The last one did not get everything.");
    }

    private static StoredEvent Message(int seq) => new(seq, 1_700_000_000_000, "ana", EventKind.Message, default, ClientBytes.Letters(100));

    private Subscription Subscribe(Outlet outlet)
    {
        var subscription = new Subscription(outlet, _feed, 0);
        Group.Add(subscription);
        return subscription;
    }
}
