using System.Runtime.InteropServices;
using Parley.Protocol;

namespace Parley.Faults.History;

/// <summary>What was sent against what is stored: I1, I2, I4, I5, and that no stored message is invented (I6).</summary>
internal sealed class SendCheck(List<Violation> violations)
{
    private readonly Dictionary<(string User, string Cid), Message> _messages = [];
    private readonly Dictionary<(string Room, string Text), StoredEvent?> _said = [];
    private int _position;

    public void Run(RecordedRun run)
    {
        foreach (var entry in run.Entries)
        {
            Take(entry);
        }

        foreach (var stored in run.Store.Events)
        {
            if (stored.Kind == EventKind.Message)
            {
                Take(stored);
            }
        }

        foreach (var message in _messages.Values)
        {
            CheckAcks(message);
            CheckCopies(message);
        }

        CheckOrders();
    }

    private void Take(Entry entry)
    {
        switch (entry)
        {
            case Sent sent:
                Take(sent);
                break;
            case Said said:
                _said.Add((said.Room, said.Text), null);
                break;
            case Refused refused when _messages.TryGetValue((refused.Client.User, refused.Cid), out var message):
                message.Position = 0; // Its place is that of the next try.
                message.WasRefused = true;
                break;
            case Failed failed when _messages.TryGetValue((failed.Client.User, failed.Cid), out var message):
                message.HasFailed = true;
                break;
            case Acked acked when _messages.TryGetValue((acked.Client.User, acked.Cid), out var message):
                message.Acks.Add(acked);
                if (acked.Dup && message.Sent == 1)
                {
                    Report(Invariant.I6, $"{acked.Client} sent {acked.Cid} once, and was told that it is a repetition");
                }

                break;
            case Acked acked:
                Report(Invariant.I6, $"{acked.Client} got an ack for {acked.Cid}, which it never sent");
                break;
        }
    }

    private void Take(Sent sent)
    {
        ref var message = ref CollectionsMarshal.GetValueRefOrAddDefault(_messages, (sent.Client.User, sent.Cid), out _);
        message ??= new Message(sent);
        message.Sent++;
        message.LastPosition = ++_position;
        message.Position = message.Position == 0 ? _position : message.Position;
        message.FirstPosition = message.FirstPosition == 0 ? _position : message.FirstPosition;
    }

    private void Take(StoredEvent stored)
    {
        if (stored.Cid is null && stored.Text is not null && _said.TryGetValue((stored.Room, stored.Text), out var earlier))
        {
            if (earlier is not null)
            {
                Report(Invariant.I5, $"{Violation.Quote(stored.Text)} was said once and is stored at {At(earlier)} and {At(stored)}");
            }

            _said[(stored.Room, stored.Text)] = stored;
            return;
        }

        if (stored.Cid is null || !_messages.TryGetValue((stored.By, stored.Cid), out var message))
        {
            Report(Invariant.I6, $"{At(stored)} is by {stored.By} with the cid {stored.Cid ?? "(none)"}, which it never sent");
            return;
        }

        message.Stored.Add(stored);
        if (stored.Room != message.First.Room || !string.Equals(stored.Text, message.First.Text, StringComparison.Ordinal))
        {
            Report(Invariant.I6, $"{At(stored)} holds {Violation.Quote(stored.Text)}; {stored.By} sent {Violation.Quote(message.First.Text)} to {message.First.Room} as {stored.Cid}");
        }
    }

    private void CheckAcks(Message message)
    {
        foreach (var ack in message.Acks)
        {
            if (message.Stored.Count == 0)
            {
                Report(Invariant.I1, $"{ack.Client} got an ack for {ack.Cid} at {ack.Room} {ack.Seq}; it is not stored");
            }
            else if (!message.Stored.Exists(s => s.Room == ack.Room && s.Seq == ack.Seq))
            {
                Report(Invariant.I1, $"{ack.Client} got an ack for {ack.Cid} at {ack.Room} {ack.Seq}; it is stored at {At(message.Stored[0])}");
            }
            else if (!message.Stored.Exists(s => string.Equals(s.Text, message.First.Text, StringComparison.Ordinal)))
            {
                Report(Invariant.I1, $"{ack.Client} got an ack for {ack.Cid}, {Violation.Quote(message.First.Text)}; stored is {Violation.Quote(message.Stored[0].Text)}");
            }
        }
    }

    private void CheckCopies(Message message)
    {
        var first = message.First;
        if (message.Stored.Count > 1)
        {
            var places = string.Join(" and ", message.Stored.Select(At));
            Report(Invariant.I2, $"{first.Cid} of {first.Client.User} is stored at {places}");
            if (message.Acks.Count == 0)
            {
                Report(Invariant.I5, $"{first.Cid} of {first.Client.User} was never acked and is stored at {places}");
            }
        }

        if (message.Acks.Count(a => !a.Dup) > 1)
        {
            Report(Invariant.I2, $"{first.Client} was told {message.Acks.Count} times that {first.Cid} is new");
        }
    }

    private void CheckOrders()
    {
        foreach (var order in _messages.Values.Where(m => m is { Stored.Count: > 0, HasFailed: false }).GroupBy(m => (m.First.Client, m.First.Room)))
        {
            // What nobody answered goes again in order, so what was never refused has the order of the first tries. A refused
            // message goes again after others, and each of those may have been stored by its first try or by a later one.
            CheckOrder(order.Where(m => !m.WasRefused), m => m.FirstPosition, m => m.FirstPosition);
            CheckOrder(order, m => m.Earliest, m => m.Latest);
        }
    }

    private void CheckOrder(IEnumerable<Message> messages, Func<Message, int> earliest, Func<Message, int> latest)
    {
        // Of those stored before the one at hand, the one that was sent last.
        Message? before = null;
        foreach (var message in messages.OrderBy(m => m.Stored[0].Seq))
        {
            if (before is not null && latest(message) < earliest(before))
            {
                Report(
                    Invariant.I4,
                    $"{message.First.Client} sent {message.First.Cid} before {before.First.Cid}; stored are they at {At(message.Stored[0])} and {At(before.Stored[0])}");
            }

            before = before is null || earliest(message) > earliest(before) ? message : before;
        }
    }

    private void Report(Invariant invariant, string evidence)
    {
        var violation = new Violation(invariant, evidence);
        if (!violations.Contains(violation)) // Two of the checks may find the same.
        {
            violations.Add(violation);
        }
    }

    private static string At(StoredEvent stored) => $"{stored.Room} {stored.Seq}";

    /// <summary>A message, by its sender's user and cid.</summary>
    private sealed class Message(Sent first)
    {
        public Sent First { get; } = first;

        /// <summary>How often it was sent.</summary>
        public int Sent { get; set; }

        /// <summary>Place among all sends; 0 while it was refused and not sent again.</summary>
        public int Position { get; set; }

        /// <summary>Place of its first try.</summary>
        public int FirstPosition { get; set; }

        /// <summary>Place of its last try.</summary>
        public int LastPosition { get; set; }

        /// <summary>Whether a try was refused.</summary>
        public bool WasRefused { get; set; }

        /// <summary>The place that it has at least.</summary>
        public int Earliest => IsOfAnyTry ? FirstPosition : Position;

        /// <summary>The place that it has at most.</summary>
        public int Latest => Position == 0 ? int.MaxValue : LastPosition;

        /// <summary>True when the store refused it once: its place among others is not known.</summary>
        public bool HasFailed { get; set; }

        public List<Acked> Acks { get; } = [];

        public List<StoredEvent> Stored { get; } = [];

        /// <summary>
        /// Whether an earlier try may be the one that was stored: it was not answered, and its repeat was refused, by a server
        /// that could not look; or it was refused because its sync failed, and was there in the end.
        /// </summary>
        private bool IsOfAnyTry => WasRefused && (Position == 0 || Acks.Exists(a => a.Dup));
    }
}
