namespace Parley.Server.Delivery;

/// <summary>What one delivery loop has done. The loop alone adds, so that counting costs an addition; anybody may read.</summary>
internal sealed class DeliveryTally
{
    private long _events;
    private long _sends;
    private long _bytes;

    /// <summary>Events handed to sinks, once for each subscriber; one that a dialect does not show may be among them.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>Writes handed to sinks.</summary>
    public long Sends => Volatile.Read(ref _sends);

    /// <summary>Bytes handed to sinks.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Adds events; takes back, with a negative number, those that were not taken. Loop only.</summary>
    public void CountEvents(long events) => _events += events;

    /// <summary>Adds a write. Loop only.</summary>
    public void CountSend(int bytes)
    {
        _sends++;
        _bytes += bytes;
    }
}
