using System.Runtime.CompilerServices;
using Parley.Server.Connections;
using Parley.Server.Delivery;

namespace Parley.Faults.Simulation;

/// <summary>A connection as the server has it.</summary>
internal sealed record Served(Connection Connection, Outlet Outlet, Cable Cable)
{
    // The answer that went over the bound, and the answers to what was under way: a few dozen here.
    private const int OutboxSlack = 48 * 1024;

    /// <summary>What must hold at any time.</summary>
    public void CheckBounds(DeliveryOptions options, Action<string> complain)
    {
        if (Outlet.Waiting > options.OutboxBytes + OutboxSlack)
        {
            complain($"{Outlet.Waiting} bytes of answers wait for connection {Cable.Number}, which may have {options.OutboxBytes}");
        }

        if (Outlet.IsParked && Subscriptions(Outlet).Any(s => s is { Segment: not null, Paging: false, Ended: false } && s.Feed.Log.Find(s.Segment.FirstSeq) == s.Segment))
        {
            complain($"connection {Cable.Number} is parked and holds a segment of the log");
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_subscriptions")]
    private static extern ref List<Subscription> Subscriptions(Outlet outlet);
}
