using System.Diagnostics.CodeAnalysis;

namespace Parley.Client;

/// <summary>
/// Messages that are not known to be stored, in order. Each room is a lane in which up to <paramref name="window"/> are
/// on their way at once. Pure: timestamps are passed in, the owner locks.
/// </summary>
/// <remarks>
/// Bounded: beyond <paramref name="capacity"/> an entry waits, in order, for a place; its caller waits with it, and
/// nobody else holds it. A lane is sent from its oldest entry that is not on its way, so after a lost connection, or a
/// refusal, all of it goes again in order.
/// </remarks>
internal sealed class Outbox(int capacity, int window)
{
    private readonly Dictionary<string, OutboxEntry> byCid = new(StringComparer.Ordinal);
    private readonly Dictionary<long, OutboxEntry> byRequest = [];
    private readonly Dictionary<string, Lane> lanes = new(StringComparer.Ordinal);
    private readonly LinkedList<OutboxEntry> unadmitted = new();
    private int admitted;

    /// <summary>Entries, with those that wait for a place.</summary>
    public int Count => byCid.Count;

    /// <summary>Entries on their way.</summary>
    public int InFlight => byRequest.Count;

    /// <summary>Nothing is sent before this timestamp; the server refused for the moment.</summary>
    public long PausedUntil { get; private set; } = long.MinValue;

    /// <summary>All entries that have a place.</summary>
    public IEnumerable<OutboxEntry> Entries => byCid.Values;

    /// <summary>The entry of this cid, if it is still here.</summary>
    public OutboxEntry? Find(string cid) => byCid.GetValueOrDefault(cid);

    /// <summary>Adds an entry at the end.</summary>
    /// <param name="entry">Its cid must not be here yet.</param>
    /// <param name="restored">True: it had a place in an earlier process and gets one in any case.</param>
    public void Add(OutboxEntry entry, bool restored = false)
    {
        byCid.Add(entry.Cid, entry);
        if (restored || (admitted < capacity && unadmitted.Count == 0))
        {
            Admit(entry);
        }
        else
        {
            unadmitted.AddLast(entry);
        }
    }

    /// <summary>Gives a free place to the entry that waits longest.</summary>
    public bool TryAdmitNext([NotNullWhen(true)] out OutboxEntry? entry)
    {
        entry = admitted < capacity ? unadmitted.First?.Value : null;
        if (entry is null)
        {
            return false;
        }

        unadmitted.RemoveFirst();
        Admit(entry);
        return true;
    }

    /// <summary>Takes back an entry that has no place yet; its caller went away.</summary>
    /// <returns><see langword="false"/>: it has a place and will be sent.</returns>
    public bool TryWithdraw(OutboxEntry entry)
    {
        if (entry.IsAdmitted || !unadmitted.Remove(entry))
        {
            return false;
        }

        byCid.Remove(entry.Cid);
        return true;
    }

    /// <summary>The next entry to send, if one may be sent now; marks it as on its way.</summary>
    /// <param name="now">Timestamp of the clock.</param>
    /// <param name="request">Id of the request that will carry it.</param>
    /// <param name="entry">The entry.</param>
    public bool TrySendNext(long now, long request, [NotNullWhen(true)] out OutboxEntry? entry)
    {
        entry = null;
        if (now < PausedUntil)
        {
            return false;
        }

        foreach (var lane in lanes.Values)
        {
            if (lane.InFlight < window && lane.FirstWaiting() is { } first)
            {
                entry = first;
                entry.Request = request;
                entry.SentAt = now;
                lane.InFlight++;
                byRequest.Add(request, entry);
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes an entry out for good: it was stored, or refused for good.</summary>
    public bool TryRemove(long request, [NotNullWhen(true)] out OutboxEntry? entry)
    {
        if (!TryLand(request, out entry))
        {
            return false;
        }

        byCid.Remove(entry.Cid);
        var lane = lanes[entry.Room];
        lane.Entries.Remove(entry);
        if (lane.Entries.Count == 0)
        {
            lanes.Remove(entry.Room);
        }

        admitted--;
        return true;
    }

    /// <summary>The server refused an entry for the moment; nothing goes before <paramref name="until"/>, then it goes first.</summary>
    public bool TryPostpone(long request, long until)
    {
        if (!TryLand(request, out var entry))
        {
            return false;
        }

        entry.Refusals++;
        PausedUntil = Math.Max(PausedUntil, until);
        return true;
    }

    /// <summary>How often the entry of this request has been refused for the moment; null if there is none.</summary>
    public int? RefusalsOf(long request) => byRequest.GetValueOrDefault(request)?.Refusals;

    /// <summary>The connection is gone: what was on its way goes again.</summary>
    public void Disconnected()
    {
        foreach (var entry in byRequest.Values)
        {
            entry.Request = null;
        }

        byRequest.Clear();
        foreach (var lane in lanes.Values)
        {
            lane.InFlight = 0;
        }
    }

    /// <summary>When the oldest entry on its way was sent; null if none is.</summary>
    public long? OldestSentAt()
    {
        long? oldest = null;
        foreach (var entry in byRequest.Values)
        {
            oldest = oldest is { } known && known <= entry.SentAt ? known : entry.SentAt;
        }

        return oldest;
    }

    private void Admit(OutboxEntry entry)
    {
        entry.IsAdmitted = true;
        admitted++;
        if (!lanes.TryGetValue(entry.Room, out var lane))
        {
            lanes.Add(entry.Room, lane = new Lane());
        }

        lane.Entries.AddLast(entry);
    }

    private bool TryLand(long request, [NotNullWhen(true)] out OutboxEntry? entry)
    {
        if (!byRequest.Remove(request, out entry))
        {
            return false;
        }

        entry.Request = null;
        lanes[entry.Room].InFlight--;
        return true;
    }

    private sealed class Lane
    {
        public LinkedList<OutboxEntry> Entries { get; } = new();

        public int InFlight { get; set; }

        public OutboxEntry? FirstWaiting()
        {
            // At most `window` entries ahead of it are on their way.
            foreach (var entry in Entries)
            {
                if (entry.Request is null)
                {
                    return entry;
                }
            }

            return null;
        }
    }
}
