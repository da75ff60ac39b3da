using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <summary>
/// What outlives a connection: the followed rooms, the outbox, requests without an answer, and the events that the
/// application has not taken. Owns the one lock over the rooms and the outbox, and the doorbell of the loop that sends.
/// </summary>
internal sealed partial class Session : IDisposable
{
    // The server takes 16 KiB before hello; the rest is room for names and the token.
    private const int HelloCursorBytes = 10_000;

    private readonly Lock gate = new();
    private readonly ChatClientOptions options;
    private readonly Dictionary<string, RoomReplay> rooms = new(StringComparer.Ordinal);
    private readonly List<Delivery> output = [];
    private readonly Outbox outbox;
    private readonly ITimer wake;
    private bool loaded;
    private long lastId;
    private string epoch = "";
    private string? givenName;

    public Session(ChatClientOptions options)
    {
        this.options = options;
        outbox = new Outbox(options.OutboxCapacity, options.SendWindow);
        Events = new EventBuffer(options.EventBuffer, () => Requests.Count > 0 || outbox.InFlight > 0);
        wake = options.TimeProvider.CreateTimer(
            static bell => ((Doorbell)bell!).Ring(), // Never null: passed on the next line.
            Bell,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Rings when there may be something to send.</summary>
    public Doorbell Bell { get; } = new();

    public EventBuffer Events { get; }

    public PendingRequests Requests { get; } = new();

    /// <summary>The last <c>welcome</c>.</summary>
    public Welcome? Welcome { get; private set; }

    /// <summary>True when the server picked the name and the client asks for it again; see <see cref="ForgetGivenName"/>.</summary>
    public bool AsksForGivenName => givenName is not null;

    /// <summary>A correlation number, unique over all connections.</summary>
    public long NextId() => Interlocked.Increment(ref lastId);

    /// <summary>Reads the state store, once.</summary>
    public void EnsureLoaded()
    {
        lock (gate)
        {
            if (loaded)
            {
                return;
            }

            loaded = true;
            var saved = options.StateStore.Load();
            foreach (var (room, cursor) in saved.Cursors)
            {
                rooms.TryAdd(room, new RoomReplay(room, cursor));
            }

            foreach (var message in saved.Unsent)
            {
                outbox.Add(new OutboxEntry(message.Room, message.Cid, message.Text), restored: true);
            }
        }
    }

    /// <summary>The next server is not bound to know the name the last one picked.</summary>
    public void ForgetGivenName() => givenName = null;

    /// <summary>Makes the <c>hello</c> of a new connection.</summary>
    /// <remarks>Rooms whose cursor is of another epoch, or for which it has no place, follow as <c>sub</c>.</remarks>
    public Hello NewHello()
    {
        lock (gate)
        {
            Dictionary<string, int> epochs = new(StringComparer.Ordinal);
            foreach (var room in rooms.Values)
            {
                room.Disconnected();
                if (room.Cursor is { } cursor)
                {
                    epochs[cursor.Epoch] = epochs.GetValueOrDefault(cursor.Epoch) + 1;
                }
            }

            var (named, _) = epochs.OrderByDescending(e => e.Value).FirstOrDefault();
            Dictionary<string, long> cursors = new(StringComparer.Ordinal);
            var free = HelloCursorBytes;
            foreach (var room in rooms.Values)
            {
                var size = room.Room.Length + 24;
                if (room.Cursor is { } cursor && cursor.Epoch == named && free >= size)
                {
                    free -= size;
                    cursors.Add(room.Room, cursor.Seq);
                    room.BeginByHello();
                }
            }

            return new Hello
            {
                Id = NextId(),
                V = 1,
                Client = options.ClientName.Length > 64 ? options.ClientName[..64] : options.ClientName,
                Token = options.Token,
                Guest = options.Token is null ? new GuestName { Name = options.GuestName ?? givenName } : null,
                Epoch = named,
                Cursors = cursors.Count > 0 ? cursors : null,
            };
        }
    }

    /// <summary>The server said <c>welcome</c>.</summary>
    public void Welcomed(Welcome welcome)
    {
        lock (gate)
        {
            Welcome = welcome;
            epoch = welcome.Epoch;
            givenName = options.Token is null && options.GuestName is null ? welcome.You.Name : null;
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Disconnected(string reason)
    {
        lock (gate)
        {
            outbox.Disconnected();
            subscribing.Clear();
            foreach (var room in rooms.Values)
            {
                room.Disconnected();
            }
        }

        Requests.FailAll(reason);
    }

    /// <summary>
    /// The next message to send that no caller has queued: a wanted <c>sub</c>, else a message of the outbox. If the
    /// server asked for a pause, <see cref="Bell"/> rings when it is over.
    /// </summary>
    public ClientMessage? TakeNext()
    {
        lock (gate)
        {
            var now = options.TimeProvider.GetTimestamp();
            var next = (ClientMessage?)TakeSubscribe(now) ?? TakeSend(now);
            if (next is null)
            {
                WakeAfterPause(now);
            }

            return next;
        }
    }

    /// <summary>The next delay before a try to connect.</summary>
    public TimeSpan NextDelay(Backoff backoff)
    {
        lock (gate)
        {
            return backoff.Next();
        }
    }

    /// <summary>An <c>ok</c> came.</summary>
    public void Answered(Ok ok)
    {
        if (ok.Re is not { } request)
        {
            return;
        }

        lock (gate)
        {
            if (subscribing.Remove(request, out var sub))
            {
                sub.Room.Subscribed();
            }

            Sent(request, ok);
        }

        Requests.Answer(request, ok);
    }

    /// <summary>An <c>err</c> came.</summary>
    public void Refused(Error error)
    {
        if (error.Re is not { } request)
        {
            return;
        }

        lock (gate)
        {
            SubRefused(request, error);
            SendRefused(request, error);
        }

        Requests.Answer(request, error);
    }

    public void Dispose() => wake.Dispose();

    private void WakeAfterPause(long now)
    {
        var until = long.MaxValue;
        foreach (var pause in (ReadOnlySpan<long>)[outbox.PausedUntil, subsPausedUntil])
        {
            until = pause > now ? Math.Min(until, pause) : until;
        }

        if (until < long.MaxValue)
        {
            // Rounded up: a timer counts whole milliseconds.
            var delay = options.TimeProvider.GetElapsedTime(now, until);
            wake.Change(TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Flush()
    {
        foreach (var delivery in output)
        {
            if (delivery.Event is null)
            {
                Store(delivery);
            }
            else
            {
                Events.Add(delivery);
            }
        }

        output.Clear();
    }
}
