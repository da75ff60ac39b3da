using Microsoft.Data.Sqlite;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <summary>Reads on a connection of its own; one caller at a time. Each read is one statement, so it sees one commit.</summary>
internal sealed class LogReader : IDisposable
{
    private const string SelectEvents =
        "SELECT e.seq, e.ts, u.name, e.kind, e.cid, e.text FROM events e JOIN users u ON u.id = e.user_id WHERE e.room_id = ?1";

    private readonly SqliteConnection _connection;
    private readonly Statement _after;
    private readonly Statement _before;
    private readonly Statement _rooms;
    private readonly Statement _members;
    private readonly Statement _memberships;
    private readonly Statement _user;

    /// <summary>Takes over an open connection.</summary>
    public LogReader(SqliteConnection connection)
    {
        _connection = connection;
        _after = new(connection, SelectEvents + " AND e.seq > ?2 ORDER BY e.seq LIMIT ?3");
        _before = new(connection, SelectEvents + " AND e.seq < ?2 ORDER BY e.seq DESC LIMIT ?3");
        _rooms = new(connection, "SELECT id, name, title, kind, head, floor FROM rooms");
        _members = new(connection, "SELECT u.id, u.name, u.role FROM members m JOIN users u ON u.id = m.user_id WHERE m.room_id = ?1");
        _memberships = new(connection, "SELECT room_id FROM members WHERE user_id = ?1");
        _user = new(connection, "SELECT id, name, role FROM users WHERE name_key = ?1");
    }

    /// <summary>See <see cref="IEventStore.ReadAsync"/>.</summary>
    public List<StoredEvent> After(long roomId, long after, int limit, int maxBytes) =>
        Page(_after, roomId, after, limit, maxBytes);

    /// <summary>See <see cref="IEventStore.ReadBackAsync"/>.</summary>
    public List<StoredEvent> Before(long roomId, long before, int limit, int maxBytes)
    {
        var page = Page(_before, roomId, before, limit, maxBytes);
        page.Reverse();
        return page;
    }

    /// <summary>All rooms.</summary>
    public List<RoomRow> Rooms() => All(
        _rooms,
        // The columns of these three are NOT NULL.
        static row => new RoomRow(row.Int64(0), row.Text(1)!, row.Text(2)!, row.Text(3)!, row.Int64(4), row.Int64(5)));

    /// <summary>The members of a room.</summary>
    public List<UserRow> Members(long roomId)
    {
        _members.Bind(1, roomId);
        return All(_members, User);
    }

    /// <summary>The user of a name, or null.</summary>
    public UserRow? User(string name)
    {
        _user.Bind(1, name.ToUpperInvariant());
        return All(_user, User) is [var user] ? user : null;
    }

    /// <summary>The rooms of a user.</summary>
    public List<long> Memberships(long userId)
    {
        _memberships.Bind(1, userId);
        return All(_memberships, static row => row.Int64(0));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _after.Dispose();
        _before.Dispose();
        _rooms.Dispose();
        _members.Dispose();
        _memberships.Dispose();
        _user.Dispose();
        _connection.Dispose();
    }

    private static UserRow User(Statement row) => new(row.Int64(0), row.Text(1)!, row.Text(2)!); // The columns are NOT NULL.

    private static List<StoredEvent> Page(Statement statement, long roomId, long seq, int limit, int maxBytes)
    {
        statement.Bind(1, roomId);
        statement.Bind(2, seq);
        // SQLite takes a negative limit for none.
        statement.Bind(3, Math.Max(limit, 0));
        var page = new List<StoredEvent>();
        try
        {
            for (long bytes = 0; statement.Step();)
            {
                var text = statement.Utf8(5).ToArray();
                page.Add(new StoredEvent(
                    statement.Int64(0), statement.Int64(1), statement.Text(2)!, Kind(statement.Utf8(3)), statement.Utf8(4).ToArray(), text));
                bytes += text.Length;
                if (bytes >= maxBytes)
                {
                    break;
                }
            }
        }
        finally
        {
            // An unfinished read would hold back checkpoints.
            statement.Reset();
        }

        return page;
    }

    private static List<T> All<T>(Statement statement, Func<Statement, T> read)
    {
        var rows = new List<T>();
        try
        {
            while (statement.Step())
            {
                rows.Add(read(statement));
            }
        }
        finally
        {
            statement.Reset();
        }

        return rows;
    }

    /// <summary>The constants instead of a new string per event.</summary>
    private static string Kind(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual("msg"u8))
        {
            return EventKind.Message;
        }

        if (utf8.SequenceEqual("join"u8))
        {
            return EventKind.Join;
        }

        return utf8.SequenceEqual("part"u8) ? EventKind.Part : System.Text.Encoding.UTF8.GetString(utf8);
    }
}
