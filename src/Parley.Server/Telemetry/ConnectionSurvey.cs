using Parley.Server.Delivery;

namespace Parley.Server.Telemetry;

/// <summary>
/// One look at every connection and at what it follows, taken when figures are read: nothing is counted in between, so
/// following and delivering cost nothing for it. It is not one moment: the server goes on meanwhile.
/// </summary>
internal sealed class ConnectionSurvey
{
    /// <summary>Connections in the JSON dialect.</summary>
    public int Json { get; set; }

    /// <summary>Connections in the line dialect.</summary>
    public int Line { get; set; }

    /// <summary>Connections of which it is known whose they are.</summary>
    public int SignedIn { get; set; }

    /// <summary>Connections whose peer does not read what was written.</summary>
    public int Parked { get; set; }

    /// <summary>Subscriptions that have not ended.</summary>
    public int Subscriptions { get; private set; }

    /// <summary>Those of them whose next event is no longer in memory: they read the store.</summary>
    public int Behind { get; private set; }

    /// <summary>The most events that one of them has yet to be sent.</summary>
    public long MaxLag { get; private set; }

    /// <summary>Looks at a subscription. From any thread.</summary>
    public void Add(Subscription subscription)
    {
        if (subscription.Ended)
        {
            return;
        }

        Subscriptions++;
        var log = subscription.Feed.Log;
        var cursor = subscription.Cursor;
        var lag = Math.Min(log.Tail, subscription.EndAt) - cursor;
        if (lag <= 0)
        {
            return;
        }

        MaxLag = Math.Max(MaxLag, lag);
        if (log.Find(cursor + 1) is null)
        {
            Behind++;
        }
    }
}
