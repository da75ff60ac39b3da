using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <content>Events, and the memberships that they change.</content>
internal sealed partial class BatchWriter
{
    // A kind has a few characters of ASCII.
    private const int KindBytes = 64;

    private WriteResult Append(AppendEvent write)
    {
        ref var head = ref HeadOf(write.RoomId);
        if (write.MembersOnly && !IsMember(write.RoomId, write.UserId))
        {
            return (write.Cid.IsEmpty ? null : FindByCid(write)) ?? Nothing(AppendOutcome.NotMember, write, head.Seq);
        }

        if (write.Kind is EventKind.Join or EventKind.Part)
        {
            // A repeated request is answered as the first time, whatever has happened to the membership since.
            if (!write.Cid.IsEmpty && FindByCid(write) is { } earlier)
            {
                return earlier;
            }

            if (!ChangeMembership(write))
            {
                return Nothing(AppendOutcome.Unchanged, write, head.Seq);
            }
        }

        var seq = head.Seq + 1;
        if (!Insert(ref head, new(write.RoomId, seq, write.Ts, write.UserId), write.Kind, write.Cid.Span, write.Text.Span))
        {
            return FindByCid(write) ?? throw new InvalidOperationException("An event that conflicted is not there.");
        }

        return new WriteResult { Outcome = AppendOutcome.Stored, Seq = seq, Ts = write.Ts };
    }

    private static WriteResult Nothing(AppendOutcome why, AppendEvent write, long head) =>
        new() { Outcome = why, Seq = head, Ts = write.Ts };

    /// <summary>Inserts an event and moves its room's head to it.</summary>
    /// <returns><see langword="false"/> if the user has used the cid before: nothing was inserted.</returns>
    private bool Insert(ref RoomHead head, in EventPlace place, string kind, ReadOnlySpan<byte> cid, ReadOnlySpan<byte> text)
    {
        HashBytes hash = head.Hash;
        if (_hash is not null)
        {
            Advance(hash, place, kind, cid, text);
        }

        _insertEvent.Bind(1, place.RoomId);
        _insertEvent.Bind(2, place.Seq);
        _insertEvent.Bind(3, place.Ts);
        _insertEvent.Bind(4, place.UserId);
        _insertEvent.Bind(5, kind);
        _insertEvent.Bind(6, cid);
        _insertEvent.Bind(7, text);
        _insertEvent.BindBlob(8, _hash is null ? default : (ReadOnlySpan<byte>)hash);
        if (_insertEvent.RunAndCount() != 1)
        {
            return false;
        }

        head.Seq = place.Seq;
        head.Hash = hash;
        head.Moved = true;
        return true;
    }

    private void Advance(Span<byte> chain, in EventPlace place, string kind, ReadOnlySpan<byte> cid, ReadOnlySpan<byte> text)
    {
        Span<byte> digest = stackalloc byte[EventHash.Length];
        _hash!.DigestContent(text, data: default, digest); // Not null: the caller has looked.
        Span<byte> kindBytes = stackalloc byte[KindBytes];
        EventHash.Advance(
            chain,
            place,
            kindBytes[..Encoding.UTF8.GetBytes(kind, kindBytes)],
            cid,
            hasCid: !cid.IsEmpty,
            digest);
    }

    private WriteResult? FindByCid(AppendEvent write)
    {
        _findByCid.Bind(1, write.UserId);
        _findByCid.Bind(2, write.Cid.Span);
        WriteResult? found = null;
        if (_findByCid.Step())
        {
            var same = _findByCid.Int64(0) == write.RoomId
                && string.Equals(_findByCid.Text(3), write.Kind, StringComparison.Ordinal)
                && _findByCid.Utf8(4).SequenceEqual(write.Text.Span);
            found = same
                ? new WriteResult { Outcome = AppendOutcome.Duplicate, Seq = _findByCid.Int64(1), Ts = _findByCid.Int64(2) }
                : new WriteResult { Outcome = AppendOutcome.Conflict, Ts = write.Ts };
        }

        _findByCid.Reset();
        return found;
    }

    private bool ChangeMembership(AppendEvent write)
    {
        if (write.Kind is EventKind.Join)
        {
            return InsertMember(write.RoomId, write.UserId, write.Ts);
        }

        _members[(write.RoomId, write.UserId)] = false;
        _deleteMember.Bind(1, write.RoomId);
        _deleteMember.Bind(2, write.UserId);
        return _deleteMember.RunAndCount() == 1;
    }

    /// <summary>Whether a user belongs to a room inside this transaction: looked up once in each batch.</summary>
    private bool IsMember(long roomId, long userId)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_members, (roomId, userId), out var isKnown);
        if (!isKnown)
        {
            _findMember.Bind(1, roomId);
            _findMember.Bind(2, userId);
            known = _findMember.Step();
            _findMember.Reset();
        }

        return known;
    }

    private bool InsertMember(long roomId, long userId, long ts)
    {
        _members[(roomId, userId)] = true;
        _insertMember.Bind(1, roomId);
        _insertMember.Bind(2, userId);
        _insertMember.Bind(3, ts);
        return _insertMember.RunAndCount() == 1;
    }

    /// <summary>The room's head inside this transaction; valid until the next call.</summary>
    private ref RoomHead HeadOf(long roomId)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_heads, roomId);
        if (!Unsafe.IsNullRef(ref known))
        {
            return ref known;
        }

        _readHead.Bind(1, roomId);
        var exists = _readHead.Step();
        RoomHead read = default;
        if (exists)
        {
            read.Seq = _readHead.Int64(0);
            _readHead.Blob(1).CopyTo(read.Hash); // None: the beginning, which is zeros.
        }

        _readHead.Reset();
        if (!exists)
        {
            throw new StoreException(ErrorCode.Internal, $"Room {roomId} does not exist.");
        }

        ref var head = ref CollectionsMarshal.GetValueRefOrAddDefault(_heads, roomId, out _);
        head = read;
        return ref head;
    }

    private void StoreHeads()
    {
        foreach (var (roomId, head) in _heads)
        {
            if (head.Moved)
            {
                _setHead.Bind(1, roomId);
                _setHead.Bind(2, head.Seq);
                var hash = head.Hash;
                _setHead.BindBlob(3, _hash is null ? default : (ReadOnlySpan<byte>)hash);
                _setHead.Run();
            }
        }
    }

    private struct RoomHead
    {
        public long Seq;

        /// <summary>Hash of the event at the head; zeros: it has none.</summary>
        public HashBytes Hash;

        public bool Moved;
    }
}
