using System.Text.Unicode;

namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>Every room's log, event by event: seqs, hashes, members. Memory: one room's members.</summary>
internal sealed class LogCheck(StoredDatabase database, ProblemList problems)
{
    private readonly List<VerifiedRoom> _rooms = [];
    private readonly EventHash _hash = new();

    /// <summary>The rooms.</summary>
    public IReadOnlyList<VerifiedRoom> Rooms => _rooms;

    /// <summary>Events seen.</summary>
    public long Events { get; private set; }

    /// <summary>Of them, those with a hash.</summary>
    public long Hashed { get; private set; }

    public void Run(CancellationToken cancellationToken)
    {
        using var rooms = new Statement(
            database.Connection, $"SELECT id, name, floor, head, {(database.HasChain ? "hash" : "NULL")} FROM rooms ORDER BY id");
        using var events = new Statement(
            database.Connection,
            $"""
            SELECT seq, ts, user_id, kind, cid, text, data, {(database.HasChain ? "hash, digest" : "NULL, NULL")}
            FROM events WHERE room_id = ?1 ORDER BY seq
            """);
        using var members = new Statement(database.Connection, "SELECT user_id, joined_ts FROM members WHERE room_id = ?1");
        while (rooms.Step())
        {
            var room = new RoomLog(rooms.Int64(0), rooms.Text(1) ?? "", rooms.Int64(2), rooms.Int64(3));
            Check(room, events, rooms.Blob(4), cancellationToken);
            members.Bind(1, room.Id);
            while (members.Step())
            {
                if (room.Members.Confirm(members.Int64(0), members.Int64(1)) is { } problem)
                {
                    problems.Add($"{room.Name}: {problem}");
                }
            }

            members.Reset();
            foreach (var problem in room.Members.Missing())
            {
                problems.Add($"{room.Name}: {problem}");
            }
        }
    }

    private void Check(RoomLog room, Statement events, ReadOnlySpan<byte> headHash, CancellationToken cancellationToken)
    {
        events.Bind(1, room.Id);
        while (events.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            CheckPlace(room, events.Int64(0));
            CheckTexts(room, events);
            CheckHash(room, events);
            var kind = events.Text(3) ?? "";
            if (room.Members.Take(kind, events.Int64(2), events.Int64(1)) is { } problem)
            {
                problems.Add($"{room.Name} {room.Seq}: {problem}");
            }

            Events++;
        }

        events.Reset();
        if (room.Seq != room.Head)
        {
            problems.Add($"{room.Name}: the head is {room.Head}, the newest event {room.Seq}");
        }

        ReadOnlySpan<byte> newest = room.Chain;
        if (!headHash.SequenceEqual(room.IsHashed ? newest : default))
        {
            problems.Add($"{room.Name}: the hash of the head is not that of the newest event");
        }

        _rooms.Add(new VerifiedRoom(room.Name, room.Floor, room.Head, room.IsHashed ? Convert.ToHexStringLower(newest) : null));
    }

    private void CheckPlace(RoomLog room, long seq)
    {
        var expected = room.Seq + 1;
        if (seq != expected)
        {
            problems.Add($"{room.Name}: {seq} is where {expected} belongs");
            room.FollowsGap = true;
        }

        room.Seq = seq;
    }

    private void CheckTexts(RoomLog room, Statement row)
    {
        if (row.Utf8(3).IsEmpty)
        {
            problems.Add($"{room.Name} {room.Seq}: the kind is missing");
        }

        for (var column = 3; column <= 6; column++)
        {
            if (!Utf8.IsValid(row.Utf8(column)))
            {
                problems.Add($"{room.Name} {room.Seq}: what should be text is not UTF-8");
            }
        }
    }

    private void CheckHash(RoomLog room, Statement row)
    {
        room.IsHashed = !row.IsNull(7);
        var before = room.Chain;
        var known = !room.FollowsGap;
        room.FollowsGap = false;
        if (!room.IsHashed)
        {
            EventHash.Beginning.CopyTo(room.Chain);
            return;
        }

        Hashed++;
        var stored = row.Blob(7);
        if (stored.Length != EventHash.Length)
        {
            problems.Add($"{room.Name} {room.Seq}: the hash was altered");
            EventHash.Beginning.CopyTo(room.Chain);
            return;
        }

        stored.CopyTo(room.Chain);
        Span<byte> digest = stackalloc byte[EventHash.Length];
        if (!TryDigest(row, digest))
        {
            problems.Add($"{room.Name} {room.Seq}: the digest of the dropped text was altered, or the text is still there");
        }

        // After a hole, and at a floor above 1, the hash before is not there to begin from.
        var place = new EventPlace(room.Id, room.Seq, row.Int64(1), row.Int64(2));
        EventHash.Advance(before, place, row.Utf8(3), row.Utf8(4), !row.IsNull(4), digest);
        if (known && !row.Blob(7).SequenceEqual(before))
        {
            problems.Add($"{room.Name} {room.Seq}: the event was altered");
        }
    }

    /// <summary>The digest of what an event says, or the one that stands for a text that was dropped.</summary>
    private bool TryDigest(Statement row, Span<byte> digest)
    {
        if (row.IsNull(8))
        {
            _hash.DigestContent(row.Utf8(5), row.Utf8(6), digest);
            return true;
        }

        var kept = row.Blob(8);
        return kept.Length == EventHash.Length && row.IsNull(5) && row.IsNull(6) && kept.TryCopyTo(digest);
    }

    /// <summary>A room as its events are read.</summary>
    private sealed class RoomLog(long id, string name, long floor, long head)
    {
        /// <summary>Hash of the last event read; zeros: it has none.</summary>
        public HashBytes Chain;

        public long Id { get; } = id;

        public string Name { get; } = name;

        public long Floor { get; } = floor;

        public long Head { get; } = head;

        public MemberCheck Members { get; } = new(fromTheBeginning: floor == 1);

        /// <summary>Seq of the last event read.</summary>
        public long Seq { get; set; } = floor - 1;

        /// <summary>Whether the last event read has a hash.</summary>
        public bool IsHashed { get; set; }

        /// <summary>Whether the event before the next one is not held.</summary>
        public bool FollowsGap { get; set; } = floor > 1;
    }
}
