using System.Buffers;

namespace Parley.Server.Delivery;

/// <summary>
/// The subscriptions of one feed whose connections belong to one loop. A publication schedules the group once, however
/// many messages there are and however many subscribers; one pass then sends each subscriber all that piled up.
/// </summary>
internal sealed class SubscriberGroup(int signalBytes) : LoopWork
{
    private readonly List<Subscription> _subscriptions = [];
    private readonly Lock _signalGate = new();
    private ArrayBufferWriter<byte>? _signals;

    /// <summary>Adds a subscription. Loop only.</summary>
    public void Add(Subscription subscription)
    {
        subscription.GroupIndex = _subscriptions.Count;
        _subscriptions.Add(subscription);
    }

    /// <summary>Removes a subscription. Loop only.</summary>
    public void Remove(Subscription subscription)
    {
        var last = _subscriptions[^1];
        _subscriptions[subscription.GroupIndex] = last;
        last.GroupIndex = subscription.GroupIndex;
        _subscriptions.RemoveAt(_subscriptions.Count - 1);
        subscription.GroupIndex = -1;
    }

    /// <summary>Adds an encoded signal for the next pass; dropped when too many wait. From any thread.</summary>
    /// <returns>False when it was dropped.</returns>
    public bool TryAddSignal(ReadOnlySpan<byte> frame)
    {
        lock (_signalGate)
        {
            _signals ??= new ArrayBufferWriter<byte>(256);
            if (_signals.WrittenCount + frame.Length > signalBytes)
            {
                return false;
            }

            _signals.Write(frame);
            return true;
        }
    }

    public override void Run()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Outlet.Deliver(subscription);
        }

        if (TakeSignals() is not { } signals)
        {
            return;
        }

        foreach (var subscription in _subscriptions)
        {
            // Whoever is behind has more urgent things to read.
            if (subscription.IsCaughtUp)
            {
                subscription.Outlet.DeliverSignals(subscription, signals.WrittenMemory);
            }
        }
    }

    private ArrayBufferWriter<byte>? TakeSignals()
    {
        lock (_signalGate)
        {
            var taken = _signals;
            _signals = null;
            return taken;
        }
    }
}
