using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <summary>
/// One followed room: turns the events and <c>synced</c> of any number of connections into each event once, in order,
/// and never a silent hole. Pure: no clock, no socket, no lock.
/// </summary>
/// <remarks>
/// <para>An event at cursor+1 is handed on; one at or below the cursor is dropped; one beyond is held. During a replay
/// (from <c>hello</c> or <c>sub</c> to its <c>synced</c>) the missing ones may come or be named as skipped, so nothing is
/// done yet. Outside of one something was lost, and <see cref="WantsReplay"/> asks for a <c>sub</c> from the cursor.</para>
/// <para>Events that come before the first <c>synced</c> of another epoch say nothing about the cursor, so all are held.</para>
/// </remarks>
internal sealed class RoomReplay
{
    /// <summary>Most events held back. Beyond it the newest are let go; the next replay brings them.</summary>
    internal const int MaxHeld = 1_000;

    /// <summary>Replays from the same cursor without any progress before the hole is reported as a gap.</summary>
    internal const int FruitlessReplays = 3;

    private readonly SortedList<long, Event> held = [];
    private string? epoch;
    private long seq;
    private bool replaying;
    private bool answered;
    private bool overflowed;
    private long startedAt;
    private int fruitless;

    /// <summary>Follows a room.</summary>
    /// <param name="room">Room id.</param>
    /// <param name="cursor">The last event held; null: only what comes from now on.</param>
    public RoomReplay(string room, Cursor? cursor)
    {
        Room = room;
        epoch = cursor?.Epoch;
        seq = cursor?.Seq ?? 0;
        WantsReplay = true;
    }

    /// <summary>Room id.</summary>
    public string Room { get; }

    /// <summary>The last event handed on; null until the first <c>synced</c> of a room followed from now on.</summary>
    public Cursor? Cursor => epoch is null ? null : new Cursor(epoch, seq);

    /// <summary>True: a <c>sub</c> is to be sent; see <see cref="BeginBySub"/>.</summary>
    public bool WantsReplay { get; private set; }

    /// <summary>True: events were let go because the consumer is behind; everything is ignored until the next replay begins.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>True once the server says that there is no such room; nothing more comes.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The connection is gone, and what was held with it.</summary>
    public void Disconnected()
    {
        held.Clear();
        replaying = false;
        WantsReplay = true;
    }

    /// <summary>A <c>hello</c> that names this room's cursor is about to be sent.</summary>
    public void BeginByHello() => Begin(isAnswered: true);

    /// <summary>A <c>sub</c> is about to be sent.</summary>
    /// <returns>That request.</returns>
    public Subscribe BeginBySub(long id)
    {
        Begin(isAnswered: false);
        return new Subscribe { Id = id, Room = Room, After = epoch is null ? null : seq, Epoch = epoch };
    }

    /// <summary>The <c>sub</c> was answered by <c>ok</c>: a <c>synced</c> from now on is its own, not that of an older replay.</summary>
    public void Subscribed() => answered = true;

    /// <summary>The <c>sub</c> was refused for the moment; it is wanted again.</summary>
    public void SubRefused()
    {
        replaying = false;
        WantsReplay = true;
    }

    /// <summary>There is no room in the consumer's buffer: forget what is held, and ask again from the cursor later.</summary>
    public void LetGo()
    {
        held.Clear();
        replaying = false;
        IsBehind = true;
        WantsReplay = true;
    }

    /// <summary>An event came.</summary>
    /// <param name="entry">The event.</param>
    /// <param name="currentEpoch">The epoch of the connection it came by.</param>
    /// <param name="output">Receives what to hand on, in order.</param>
    public void Apply(Event entry, string currentEpoch, List<Delivery> output)
    {
        if (IsBehind || HasEnded)
        {
            return;
        }

        if (epoch == currentEpoch)
        {
            if (entry.Seq <= seq)
            {
                return;
            }

            if (entry.Seq == seq + 1)
            {
                Accept(entry, output);
                Drain(output);
                return;
            }
        }

        Hold(entry);
        WantsReplay |= !replaying;
    }

    /// <summary>A <c>synced</c> came.</summary>
    /// <inheritdoc cref="Apply(Event, string, List{Delivery})" path="/param"/>
    /// <param name="synced">What came.</param>
    public void Apply(Synced synced, string currentEpoch, List<Delivery> output)
    {
        if (IsBehind || HasEnded)
        {
            return;
        }

        if (synced.Reset == true)
        {
            Reset(synced, currentEpoch, output);
        }
        else
        {
            if (epoch is null)
            {
                seq = synced.Head;
                epoch = currentEpoch;
                output.Add(new Delivery(null, this, Cursor));
            }

            epoch = currentEpoch;
            Drain(output);
            if (synced.Skipped is { } skipped && skipped.From <= seq + 1 && skipped.To > seq)
            {
                Skip(skipped.To, output);
            }
        }

        if (answered && !HasEnded)
        {
            Conclude(synced.Head, output);
        }
    }

    private void Begin(bool isAnswered)
    {
        replaying = true;
        answered = isAnswered;
        overflowed = false;
        startedAt = seq;
        WantsReplay = false;
        IsBehind = false;
    }

    private void Reset(Synced synced, string currentEpoch, List<Delivery> output)
    {
        var reason = synced.Reason ?? "reset";
        HasEnded = reason == "not_found";
        seq = synced.Head;
        epoch = currentEpoch;
        output.Add(new Delivery(new RoomReset(Room, reason, synced.Head), this, HasEnded ? null : Cursor));
        Drain(output);
    }

    private void Conclude(long head, List<Delivery> output)
    {
        replaying = false;
        WantsReplay = false;
        if (seq >= head && held.Count == 0 && !overflowed)
        {
            fruitless = 0;
            output.Add(new Delivery(new RoomSynced(Room, head), this, Cursor));
            return;
        }

        // The server closed a replay that left a hole. Asking again mends a lost event; a hole that stays is reported.
        fruitless = seq == startedAt ? fruitless + 1 : 0;
        if (fruitless >= FruitlessReplays)
        {
            fruitless = 0;
            Skip(held.Count > 0 ? held.GetKeyAtIndex(0) - 1 : head, output);
        }

        WantsReplay = seq < head || held.Count > 0 || overflowed;
    }

    private void Skip(long to, List<Delivery> output)
    {
        var from = seq + 1;
        seq = to;
        output.Add(new Delivery(new RoomGap(Room, from, to), this, Cursor));
        Drain(output);
    }

    private void Accept(Event entry, List<Delivery> output)
    {
        seq = entry.Seq;
        output.Add(new Delivery(new RoomEvent(entry), this, Cursor));
    }

    private void Hold(Event entry)
    {
        held.TryAdd(entry.Seq, entry);
        if (held.Count > MaxHeld)
        {
            held.RemoveAt(held.Count - 1);
            overflowed = true;
        }
    }

    private void Drain(List<Delivery> output)
    {
        while (held.Count > 0)
        {
            var first = held.GetValueAtIndex(0);
            if (first.Seq > seq + 1)
            {
                return;
            }

            held.RemoveAt(0);
            if (first.Seq == seq + 1)
            {
                Accept(first, output);
            }
        }
    }
}
