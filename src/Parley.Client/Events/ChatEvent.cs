using Parley.Protocol;
using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>
/// What <see cref="ChatClient.ReadEventsAsync"/> yields. A closed set: <see cref="RoomEvent"/>, <see cref="RoomGap"/>,
/// <see cref="RoomReset"/>, <see cref="RoomSynced"/>, <see cref="SignalReceived"/>, <see cref="SendRefused"/>.
/// </summary>
public abstract record ChatEvent
{
    private protected ChatEvent(string room) => Room = room;

    /// <summary>Room id.</summary>
    public string Room { get; }
}

/// <summary>The next entry of a room's log: each once, in order of seq.</summary>
public sealed record RoomEvent : ChatEvent
{
    /// <summary>Wraps an event.</summary>
    public RoomEvent(Event entry)
        : base((entry ?? throw new ArgumentNullException(nameof(entry))).Room) => Event = entry;

    /// <summary>The entry, as it came. Its <see cref="Event.K"/> may be one you do not know: ignore it.</summary>
    public Event Event { get; }
}

/// <summary>Events that were not replayed. The next <see cref="RoomEvent"/> of the room follows <see cref="To"/>; fill the gap with <see cref="ChatClient.ReadHistoryAsync"/> when somebody looks there.</summary>
public sealed record RoomGap : ChatEvent
{
    /// <summary>Makes one.</summary>
    public RoomGap(string room, long from, long to)
        : base(room)
    {
        From = from;
        To = to;
    }

    /// <summary>First seq not held.</summary>
    public long From { get; }

    /// <summary>Last seq not held.</summary>
    public long To { get; }
}

/// <summary>Drop what you hold of this room and ask <see cref="ChatClient.ReadHistoryAsync"/>. Events go on after <see cref="Head"/>.</summary>
public sealed record RoomReset : ChatEvent
{
    /// <summary>Makes one.</summary>
    public RoomReset(string room, string reason, long head)
        : base(room)
    {
        Reason = reason;
        Head = head;
    }

    /// <summary>
    /// <c>epoch</c> (the server's data was restored or reset), <c>ahead</c>, <c>expired</c> (away for so long that it was
    /// purged), or why the room is not followed any more: <c>not_found</c>, or the error code of the refused <c>sub</c>.
    /// </summary>
    public string Reason { get; }

    /// <summary>The room's head; 0 when it is not followed any more.</summary>
    public long Head { get; }
}

/// <summary>A replay has ended: everything up to <see cref="Head"/> has been yielded or reported as a gap.</summary>
public sealed record RoomSynced : ChatEvent
{
    /// <summary>Makes one.</summary>
    public RoomSynced(string room, long head)
        : base(room) => Head = head;

    /// <summary>The head when the replay began.</summary>
    public long Head { get; }
}

/// <summary>Something of the moment, such as typing. Never stored, dropped first under pressure.</summary>
public sealed record SignalReceived : ChatEvent
{
    /// <summary>Wraps a signal.</summary>
    public SignalReceived(Signal signal)
        : base((signal ?? throw new ArgumentNullException(nameof(signal))).Room) => Signal = signal;

    /// <summary>The signal, as it came.</summary>
    public Signal Signal { get; }
}

/// <summary>A message of the outbox was refused for good while no call of <see cref="ChatClient.SendAsync"/> waited for it: it came from an earlier process, or its caller stopped waiting.</summary>
public sealed record SendRefused : ChatEvent
{
    /// <summary>Makes one.</summary>
    public SendRefused(string room, string cid, string text, ErrorCode code, string message)
        : base(room)
    {
        Cid = cid;
        Text = text;
        Code = code;
        Message = message;
    }

    /// <summary>The message's idempotency key.</summary>
    public string Cid { get; }

    /// <summary>What was to be sent.</summary>
    public string Text { get; }

    /// <summary>Why it was refused.</summary>
    public ErrorCode Code { get; }

    /// <summary>Why, for people.</summary>
    public string Message { get; }
}
