namespace Parley.Client;

/// <summary>A message that is not known to be stored yet.</summary>
internal sealed class OutboxEntry(string room, string cid, string text)
{
    public string Room { get; } = room;

    public string Cid { get; } = cid;

    public string Text { get; } = text;

    /// <summary>The request it is on its way in; null while it waits to be sent.</summary>
    public long? Request { get; set; }

    /// <summary>When it was sent, as a timestamp of the clock.</summary>
    public long SentAt { get; set; }

    /// <summary>Temporary refusals in a row.</summary>
    public int Refusals { get; set; }

    /// <summary>False while the outbox is full and it waits for a place.</summary>
    public bool IsAdmitted { get; set; }

    /// <summary>Calls that wait for it.</summary>
    public int Waiters { get; set; }

    /// <summary>Ends when it is stored or refused for good.</summary>
    public TaskCompletionSource<SentMessage> Outcome { get; private set; } = NewOutcome();

    /// <summary>Fails the calls that wait, but keeps the message.</summary>
    public void Abandon(Exception reason)
    {
        if (Waiters > 0)
        {
            Outcome.TrySetException(reason);
            Outcome = NewOutcome();
        }
    }

    private static TaskCompletionSource<SentMessage> NewOutcome() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
