using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <content>Events, and the memberships that they change.</content>
internal sealed partial class BatchWriter
{
    private WriteResult Append(AppendEvent write)
    {
        ref var head = ref HeadOf(write.RoomId);
        if (write.RepeatOnly)
        {
            return FindByCid(write) ?? Unchanged(write, head.Seq);
        }

        if (write.Kind is EventKind.Join or EventKind.Part)
        {
            // A repeated request is answered as the first time, whatever has happened to the membership since.
            if (write.Cid is not null && FindByCid(write) is { } earlier)
            {
                return earlier;
            }

            if (!ChangeMembership(write))
            {
                return Unchanged(write, head.Seq);
            }
        }

        var seq = head.Seq + 1;
        if (!Insert(write.RoomId, seq, write.Ts, write.UserId, write.Kind, write.Cid, write.Text.Span))
        {
            return FindByCid(write) ?? throw new InvalidOperationException("An event that conflicted is not there.");
        }

        head.Seq = seq;
        head.Moved = true;
        return new WriteResult { Outcome = AppendOutcome.Stored, Seq = seq, Ts = write.Ts };
    }

    private static WriteResult Unchanged(AppendEvent write, long head) =>
        new() { Outcome = AppendOutcome.Unchanged, Seq = head, Ts = write.Ts };

    private bool Insert(long roomId, long seq, long ts, long userId, string kind, string? cid, ReadOnlySpan<byte> text)
    {
        _insertEvent.Bind(1, roomId);
        _insertEvent.Bind(2, seq);
        _insertEvent.Bind(3, ts);
        _insertEvent.Bind(4, userId);
        _insertEvent.Bind(5, kind);
        _insertEvent.Bind(6, cid);
        _insertEvent.Bind(7, text);
        return _insertEvent.RunAndCount() == 1;
    }

    private WriteResult? FindByCid(AppendEvent write)
    {
        _findByCid.Bind(1, write.UserId);
        _findByCid.Bind(2, write.Cid);
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

        _deleteMember.Bind(1, write.RoomId);
        _deleteMember.Bind(2, write.UserId);
        return _deleteMember.RunAndCount() == 1;
    }

    private bool InsertMember(long roomId, long userId, long ts)
    {
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
        var seq = exists ? _readHead.Int64(0) : 0;
        _readHead.Reset();
        if (!exists)
        {
            throw new StoreException(ErrorCode.Internal, $"Room {roomId} does not exist.");
        }

        ref var head = ref CollectionsMarshal.GetValueRefOrAddDefault(_heads, roomId, out _);
        head.Seq = seq;
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
                _setHead.Run();
            }
        }
    }

    private struct RoomHead
    {
        public long Seq;
        public bool Moved;
    }
}
