namespace Parley.Faults.History;

/// <summary>What came over the wire: in order and whole (I3), as stored (I6), and only to members (I7).</summary>
internal sealed class WireCheck
{
    private readonly List<Violation> _violations;
    private readonly Dictionary<(string Room, long Seq), StoredEvent> _stored = [];
    private readonly Dictionary<string, long> _heads;
    private readonly Memberships _memberships;
    private readonly Dictionary<ClientId, Dictionary<string, Follow>> _follows = [];
    private readonly Dictionary<(ClientId Client, string Room), long> _held = [];
    private readonly Dictionary<(ClientId Client, string Room), long> _left = [];

    public WireCheck(StoredLog store, List<Violation> violations)
    {
        _violations = violations;
        _heads = store.Rooms.ToDictionary(r => r.Name, r => r.Head);
        _memberships = new Memberships(store.Events);
        foreach (var stored in store.Events)
        {
            _stored.TryAdd((stored.Room, stored.Seq), stored);
        }
    }

    public void Run(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries)
        {
            Take(entry);
        }

        foreach (var (client, rooms) in _follows)
        {
            foreach (var (room, follow) in rooms)
            {
                var head = _heads.GetValueOrDefault(room);
                if (follow.Position != head)
                {
                    Report(Invariant.I3, $"{client} follows {room} to the end, which is {head}, and has got up to {follow.Position}");
                }
                else if (!follow.Live)
                {
                    Report(Invariant.I3, $"{client} follows {room} to the end, and was never told that its replay is over");
                }
            }
        }
    }

    private void Take(Entry entry)
    {
        switch (entry)
        {
            case Begun:
                _follows[entry.Client] = [];
                break;
            case Ended:
                _follows.Remove(entry.Client);
                break;
            case Following following:
                Take(following);
                break;
            case Unfollowed unfollowed:
                FollowsOf(unfollowed.Client).Remove(unfollowed.Room);
                break;
            case Received received:
                Take(received);
                break;
            case Synced synced:
                Take(synced);
                break;
            case Joining joining:
                _left.Remove((joining.Client, joining.Room));
                break;
            case Joined joined when !_memberships.IsMember(joined.Client.User, joined.Room, joined.Seq):
                Report(Invariant.I1, $"{joined.Client} was told that it joined {joined.Room} at {joined.Seq}; the log knows nothing of it");
                break;
            case Left left:
                if (_memberships.IsMember(left.Client.User, left.Room, left.Seq))
                {
                    Report(Invariant.I1, $"{left.Client} was told that it left {left.Room} at {left.Seq}; the log knows nothing of it");
                }

                _left[(left.Client, left.Room)] = left.Seq;
                FollowsOf(left.Client).Remove(left.Room);
                break;
        }
    }

    private void Take(Following following)
    {
        var held = _held.GetValueOrDefault((following.Client, following.Room));
        if (following.After > held && held > 0)
        {
            // The client's own fault; but it would hide a hole.
            Report(Invariant.I3, $"{following.Client} resumes {following.Room} after {following.After}, and has got up to {held}");
        }

        FollowsOf(following.Client)[following.Room] = new Follow { After = following.After, Position = following.After };
    }

    private void Take(Received received)
    {
        CheckContent(received);
        if (!FollowsOf(received.Client).TryGetValue(received.Room, out var follow))
        {
            if (_left.TryGetValue((received.Client, received.Room), out var left) && received.Seq > left)
            {
                Report(Invariant.I7, $"{received.Client} left {received.Room} at {left} and got {received.Seq}");
            }
            else
            {
                Report(Invariant.I3, $"{received.Client} got {received.Room} {received.Seq} and does not follow this room");
            }

            return;
        }

        CheckPlace(received, follow);
        if (follow.Live && !_memberships.MaySee(received.Client.User, received.Room, received.Seq))
        {
            Report(Invariant.I7, $"{received.Client} got {received.Room} {received.Seq} and is no member at this place of the log");
        }
    }

    private void CheckPlace(Received received, Follow follow)
    {
        if (follow.Position is not { } position)
        {
            Report(Invariant.I3, $"{received.Client} got {received.Room} {received.Seq} before it was told where it begins");
        }
        else if (received.Seq > position + 1 && !follow.Live && follow.GapTo == 0)
        {
            // A long replay is cut short; what it left out is announced at its end.
            (follow.GapFrom, follow.GapTo) = (position + 1, received.Seq - 1);
        }
        else if (received.Seq != position + 1)
        {
            Report(Invariant.I3, $"{received.Client} got {received.Room} {received.Seq} where {position + 1} belongs");
        }

        follow.Position = Math.Max(follow.Position ?? 0, received.Seq);
        if (follow.GapTo == 0)
        {
            Hold(received.Client, received.Room, received.Seq);
        }
    }

    private void CheckContent(Received received)
    {
        var here = new StoredEvent(received.Room, received.Seq, received.By, received.Kind, received.Cid, received.Text);
        if (!_stored.TryGetValue((received.Room, received.Seq), out var stored))
        {
            Report(Invariant.I6, $"{received.Client} got {Describe(here)}; nothing is stored there");
        }
        else if (stored != here)
        {
            Report(Invariant.I6, $"{received.Client} got {Describe(here)}; stored is {Describe(stored)}");
        }
    }

    private void Take(Synced synced)
    {
        if (!FollowsOf(synced.Client).TryGetValue(synced.Room, out var follow))
        {
            Report(Invariant.I3, $"{synced.Client} was told that it has {synced.Room}, and does not follow this room");
            return;
        }

        if (synced.Reset == "not_found")
        {
            FollowsOf(synced.Client).Remove(synced.Room);
            return;
        }

        if (synced.Head > _heads.GetValueOrDefault(synced.Room))
        {
            Report(Invariant.I6, $"{synced.Client} was told that the head of {synced.Room} is {synced.Head}; it ends at {_heads.GetValueOrDefault(synced.Room)}");
        }

        CheckReplay(synced, follow);
        follow.Live = true;
        follow.Position = synced.Head;
        (follow.GapFrom, follow.GapTo) = (0, 0);
        Hold(synced.Client, synced.Room, synced.Head);
        if (!_memberships.MaySee(synced.Client.User, synced.Room, synced.Head))
        {
            Report(Invariant.I7, $"{synced.Client} was given {synced.Room} up to {synced.Head} and is no member at this place of the log");
        }
    }

    private void CheckReplay(Synced synced, Follow follow)
    {
        if (synced.Reset is not null)
        {
            if (follow.After <= synced.Head)
            {
                Report(Invariant.I3, $"{synced.Client} resumed {synced.Room} after {follow.After} of {synced.Head} and was told to begin again: {synced.Reset}");
            }

            return;
        }

        if ((follow.GapFrom, follow.GapTo) != (synced.SkippedFrom, synced.SkippedTo)
            && !(follow.GapTo == 0 && synced.SkippedFrom == follow.Position + 1 && synced.SkippedTo == synced.Head))
        {
            Report(
                Invariant.I3,
                $"{synced.Client} got {synced.Room} without {follow.GapFrom} to {follow.GapTo}, and was told that it lacks {synced.SkippedFrom} to {synced.SkippedTo}");
        }
        else if (follow.Position is { } position && position != synced.Head && synced.SkippedTo != synced.Head)
        {
            Report(Invariant.I3, $"{synced.Client} was told that it has {synced.Room} up to {synced.Head}, and got up to {position}");
        }
    }

    private Dictionary<string, Follow> FollowsOf(ClientId client)
    {
        if (!_follows.TryGetValue(client, out var rooms))
        {
            _follows[client] = rooms = [];
        }

        return rooms;
    }

    private void Hold(ClientId client, string room, long seq) =>
        _held[(client, room)] = Math.Max(seq, _held.GetValueOrDefault((client, room)));

    private static string Describe(StoredEvent e) => $"{e.Room} {e.Seq}, {e.Kind} by {e.By}, {e.Cid ?? "no cid"}, {Violation.Quote(e.Text)}";

    private void Report(Invariant invariant, string evidence) => _violations.Add(new Violation(invariant, evidence));

    /// <summary>One connection following one room.</summary>
    private sealed class Follow
    {
        public required long? After { get; init; }

        /// <summary>Seq of the last event; null: not known yet.</summary>
        public required long? Position { get; set; }

        /// <summary>True once the replay has ended.</summary>
        public bool Live { get; set; }

        /// <summary>What the replay has left out so far; 0 if nothing.</summary>
        public long GapFrom { get; set; }

        public long GapTo { get; set; }
    }
}
