using System.Runtime.InteropServices;
using System.Text;
using Parley.Protocol;
using static SQLitePCL.raw;

namespace Parley.Server.Storage.Sqlite;

/// <content>Rooms and users.</content>
internal sealed partial class BatchWriter
{
    private WriteResult Create(CreateRoom write)
    {
        _insertRoom.Bind(1, write.Name);
        _insertRoom.Bind(2, write.Title);
        _insertRoom.Bind(3, write.Ts);
        if (_insertRoom.RunAndCount() == 0)
        {
            return default;
        }

        var id = LastId();
        Seal(_sealRoom, id, RowSeal.OfRoom(id, write.Name, write.Title, "public", write.Ts));
        ref var head = ref CollectionsMarshal.GetValueRefOrAddDefault(_heads, id, out _);
        Insert(ref head, new(id, Seq: 1, write.Ts, write.UserId), EventKind.Room, cid: default, Encoding.UTF8.GetBytes(write.Title));
        Insert(ref head, new(id, Seq: 2, write.Ts, write.UserId), EventKind.Join, cid: default, text: default);
        InsertMember(id, write.UserId, write.Ts);
        return new WriteResult { Row = new RoomRow(id, write.Name, write.Title, "public", Head: 2, Floor: 1) };
    }

    private WriteResult Ensure(EnsureGuest write)
    {
        var key = write.Name.ToUpperInvariant();
        _findUser.Bind(1, key);
        // The columns are NOT NULL.
        var user = _findUser.Step() ? new UserRow(_findUser.Int64(0), _findUser.Text(1)!, _findUser.Text(2)!) : null;
        _findUser.Reset();
        long joinSeq = 0;
        if (user is null)
        {
            _insertUser.Bind(1, write.Name);
            _insertUser.Bind(2, key);
            _insertUser.Bind(3, write.Ts);
            _insertUser.Run();
            user = new UserRow(LastId(), write.Name, "guest");
            Seal(_sealUser, user.Id, RowSeal.OfUser(user.Id, write.Name, key, user.Role, write.Ts));
            joinSeq = write.HomeId is { } home ? Settle(user, home, write.Ts) : 0;
        }

        return new WriteResult { Row = user, Seq = joinSeq };
    }

    /// <summary>Makes a new user a member of a room.</summary>
    /// <returns>The join's seq.</returns>
    private long Settle(UserRow user, long roomId, long ts)
    {
        ref var head = ref HeadOf(roomId);
        Insert(ref head, new(roomId, head.Seq + 1, ts, user.Id), EventKind.Join, cid: null, text: default);
        InsertMember(roomId, user.Id, ts);
        return head.Seq;
    }

    private static void Seal(Statement statement, long id, ReadOnlySpan<byte> seal)
    {
        statement.Bind(1, id);
        statement.BindBlob(2, seal);
        statement.Run();
    }

    private long LastId() => sqlite3_last_insert_rowid(Connection.Handle);
}
