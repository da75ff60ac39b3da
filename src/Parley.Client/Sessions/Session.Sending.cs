using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client;

/// <summary>The outbox.</summary>
internal sealed partial class Session
{
    private ConnectionEnd? stopped;

    /// <summary>Messages not known to be stored.</summary>
    public int UnsentCount
    {
        get
        {
            lock (gate)
            {
                return outbox.Count;
            }
        }
    }

    /// <summary>When the oldest message on its way was sent, as a timestamp; null if none is.</summary>
    public long? OldestSentAt()
    {
        lock (gate)
        {
            return outbox.OldestSentAt();
        }
    }

    /// <summary>Puts a message into the outbox and waits until it is stored.</summary>
    public async Task<SentMessage> SendAsync(string room, string text, string? cid, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EnsureLoaded();
        OutboxEntry entry;
        Task<SentMessage> outcome;
        lock (gate)
        {
            if (stopped is not null)
            {
                throw stopped.ToException();
            }

            if (Welcome?.Limits.TextBytes is > 0 and var most && Encoding.UTF8.GetByteCount(text) > most)
            {
                throw new ChatException(ErrorCode.TooLarge, $"The text has more than {most} bytes of UTF-8.");
            }

            entry = cid is not null && outbox.Find(cid) is { } known ? known : Enqueue(room, text, cid ?? NewCid());
            if (entry.Room != room || entry.Text != text)
            {
                throw new ChatException(ErrorCode.Conflict, $"The outbox holds another message under the cid '{cid}'.");
            }

            entry.Waiters++;
            outcome = entry.Outcome.Task;
        }

        Bell.Ring();
        try
        {
            return await outcome.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (gate)
            {
                entry.Waiters--;
                if (entry.Waiters == 0)
                {
                    outbox.TryWithdraw(entry);
                }
            }
        }
    }

    /// <summary>The client stops: calls that wait fail, their messages stay.</summary>
    public void Stop(ConnectionEnd end)
    {
        lock (gate)
        {
            stopped = end;
            foreach (var entry in outbox.Entries)
            {
                entry.Abandon(end.ToException());
            }
        }
    }

    /// <summary>Undoes <see cref="Stop"/>.</summary>
    public void Start()
    {
        lock (gate)
        {
            stopped = null;
        }

        Events.Reopen();
    }

    /// <summary>A message of the outbox does not fit into a frame that the server takes.</summary>
    public void RejectTooLarge(long request, int most) => Refused(new Error
    {
        Re = request,
        Code = ErrorCode.TooLarge,
        Msg = $"The request does not fit into a frame of {most} bytes.",
    });

    private OutboxEntry Enqueue(string room, string text, string cid)
    {
        var entry = new OutboxEntry(room, cid, text);
        outbox.Add(entry);
        Persist(entry);
        return entry;
    }

    private void Persist(OutboxEntry entry)
    {
        if (entry.IsAdmitted)
        {
            options.StateStore.AddUnsent(new UnsentMessage(entry.Room, entry.Cid, entry.Text));
        }
    }

    private Send? TakeSend(long now)
    {
        if (!outbox.TrySendNext(now, NextId(), out var entry))
        {
            return null;
        }

        Events.Recheck();
        return new Send { Id = entry.Request, Room = entry.Room, Cid = entry.Cid, Text = entry.Text };
    }

    private void Sent(long request, Ok ok)
    {
        if (outbox.TryRemove(request, out var entry))
        {
            Removed(entry);
            entry.Outcome.TrySetResult(new SentMessage(ok.Seq ?? 0, ok.Ts ?? 0, ok.Dup == true));
        }
    }

    private void SendRefused(long request, Error error)
    {
        if (outbox.RefusalsOf(request) is not { } refusals)
        {
            return;
        }

        if (error.Temp || error.Code.IsTemporary())
        {
            var delay = error.RetryMs is { } after
                ? TimeSpan.FromMilliseconds(after)
                : TimeSpan.FromSeconds(Math.Min(30, 0.5 * (1 << Math.Min(refusals, 6))));
            outbox.TryPostpone(request, options.TimeProvider.GetTimestamp() + ToTicks(delay));
            Bell.Ring();
        }
        else if (outbox.TryRemove(request, out var entry))
        {
            Removed(entry);
            if (entry.Waiters > 0)
            {
                entry.Outcome.TrySetException(PendingRequests.ToException(error));
            }
            else
            {
                Events.Add(new Delivery(
                    new SendRefused(entry.Room, entry.Cid, entry.Text, error.Code, error.Msg), null, null));
            }
        }
    }

    private void Removed(OutboxEntry entry)
    {
        options.StateStore.RemoveUnsent(entry.Cid);
        while (outbox.TryAdmitNext(out var next))
        {
            Persist(next);
        }

        Bell.Ring();
    }

    // The time comes first, as in a UUID version 7: ids that grow with time are cheap to index.
    private string NewCid()
    {
        Span<byte> bits = stackalloc byte[16];
        options.Random.NextBytes(bits);
        Span<byte> milliseconds = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        milliseconds[2..].CopyTo(bits);
        return Base64Url.EncodeToString(bits);
    }
}
