using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// Writes a batch in one transaction on the one connection that writes. One caller at a time.
/// Hot path: a new event costs one insert, and the first of its author in a batch a look at the members; nothing is allocated per event.
/// </summary>
internal sealed partial class BatchWriter : IDisposable
{
    private const string ProbeKey = "probe";

    private readonly string _file;
    private readonly EventHash? _hash;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _readHead;
    private readonly Statement _setHead;
    private readonly Statement _insertEvent;
    private readonly Statement _findByCid;
    private readonly Statement _findMember;
    private readonly Statement _insertMember;
    private readonly Statement _deleteMember;
    private readonly Statement _insertRoom;
    private readonly Statement _sealRoom;
    private readonly Statement _findUser;
    private readonly Statement _insertUser;
    private readonly Statement _sealUser;
    private readonly Statement _setMeta;
    private readonly Statement[] _statements;

    /// <summary>Heads of the rooms that the current batch has touched; at most one per write. Empty between batches, because another process may write too.</summary>
    private readonly Dictionary<long, RoomHead> _heads = [];

    /// <summary>Who is a member of what, as far as the current batch has asked; at most one per write. Empty between batches, as the heads.</summary>
    private readonly Dictionary<(long Room, long User), bool> _members = [];

    /// <summary>What to set on each write once the commit has succeeded; reused, as long as the longest batch.</summary>
    private WriteResult[] _results = [];

    /// <summary>
    /// Whether the WAL may hold what the disk does not: after an opening, because the process before may have ended after a
    /// failed sync, and after any failure of the disk. The WAL is then emptied before anything is written behind it.
    /// </summary>
    private bool _walIsDoubtful = true;

    /// <summary>Takes over an open connection.</summary>
    public BatchWriter(SqliteConnection connection, string file, bool hashChain)
    {
        Connection = connection;
        _file = file;
        _hash = hashChain ? new EventHash() : null;
        _statements =
        [
            _begin = new(connection, "BEGIN IMMEDIATE"),
            _commit = new(connection, "COMMIT"),
            _readHead = new(connection, "SELECT head, hash FROM rooms WHERE id = ?1"),
            _setHead = new(connection, "UPDATE rooms SET head = ?2, hash = ?3 WHERE id = ?1"),
            _insertEvent = new(
                connection,
                """
                INSERT INTO events (room_id, seq, ts, user_id, kind, cid, text, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (cid, user_id) WHERE cid IS NOT NULL DO NOTHING
                """),
            _findByCid = new(connection, "SELECT room_id, seq, ts, kind, text FROM events WHERE user_id = ?1 AND cid = ?2"),
            _findMember = new(connection, "SELECT 1 FROM members WHERE room_id = ?1 AND user_id = ?2"),
            _insertMember = new(
                connection, "INSERT INTO members (room_id, user_id, joined_ts) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"),
            _deleteMember = new(connection, "DELETE FROM members WHERE room_id = ?1 AND user_id = ?2"),
            _insertRoom = new(
                connection,
                """
                INSERT INTO rooms (name, title, kind, head, floor, created_ts) VALUES (?1, ?2, 'public', 2, 1, ?3)
                ON CONFLICT (name) DO NOTHING
                """),
            _sealRoom = new(connection, "UPDATE rooms SET seal = ?2 WHERE id = ?1"),
            _findUser = new(connection, "SELECT id, name, role FROM users WHERE name_key = ?1"),
            _insertUser = new(connection, "INSERT INTO users (name, name_key, role, created_ts) VALUES (?1, ?2, 'guest', ?3)"),
            _sealUser = new(connection, "UPDATE users SET seal = ?2 WHERE id = ?1"),
            _setMeta = new(
                connection,
                """
                INSERT INTO meta (key, value, seal) VALUES (?1, ?2, ?3)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value, seal = excluded.seal
                """),
        ];
    }

    /// <summary>The connection that writes.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>See <see cref="IEventStore.WriteAsync"/>. Writes get their outcomes after the commit, never before.</summary>
    /// <exception cref="StoreException">Nothing was stored; the writer is ready for the next batch.</exception>
    public void Write(IReadOnlyList<StoreWrite> batch)
    {
        if (_results.Length < batch.Count)
        {
            _results = new WriteResult[batch.Count];
        }

        try
        {
            TrustWal();
            _begin.Run();
            for (var i = 0; i < batch.Count; i++)
            {
                _results[i] = batch[i] switch
                {
                    AppendEvent append => Append(append),
                    CreateRoom create => Create(create),
                    EnsureGuest ensure => Ensure(ensure),
                    var other => throw new NotSupportedException($"The store does not know {other.GetType().Name}."),
                };
            }

            StoreHeads();
            _commit.Run();
        }
        catch (Exception e)
        {
            Undo(batch);
            if (e is SqliteException failure)
            {
                throw Explain(failure);
            }

            throw;
        }
        finally
        {
            _heads.Clear();
            _members.Clear();
        }

        for (var i = 0; i < batch.Count; i++)
        {
            _results[i].ApplyTo(batch[i]);
            _results[i] = default;
        }
    }

    /// <summary>See <see cref="IEventStore.ProbeAsync"/>.</summary>
    /// <exception cref="StoreException">Nothing can be stored.</exception>
    public void Probe()
    {
        try
        {
            TrustWal();

            // Another value each time: SQLite does not write what is there already.
            var value = RandomNumberGenerator.GetHexString(16, lowercase: true);
            _setMeta.Bind(1, ProbeKey);
            _setMeta.Bind(2, value);
            _setMeta.BindBlob(3, RowSeal.OfMeta(ProbeKey, value));
            _setMeta.Run();
        }
        catch (SqliteException e)
        {
            _setMeta.Reset();
            throw Explain(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        Connection.Dispose();
    }

    /// <summary>
    /// Folds the WAL into the database file, written anew and synced, and empties it. What a failed sync left in the kernel's
    /// cache reads as if it were on the disk, and no later sync writes it: docs/decisions/0011.
    /// </summary>
    private void TrustWal()
    {
        if (!_walIsDoubtful)
        {
            return;
        }

        if (Connection.Scalar("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L)
        {
            throw new SqliteException("The write-ahead log is in use.", SQLITE_BUSY);
        }

        _walIsDoubtful = false;
    }

    private StoreException Explain(SqliteException failure)
    {
        var explained = SqliteFailure.Explain(failure, _file);
        _walIsDoubtful |= explained.TakesNoWrites;
        return explained;
    }

    /// <summary>Rolls back, and takes back the outcomes that writes may still have from an earlier attempt.</summary>
    private void Undo(IReadOnlyList<StoreWrite> batch)
    {
        // A statement that failed or was left in the middle would keep the transaction open.
        foreach (var statement in _statements)
        {
            statement.Reset();
        }

        // After some errors, such as a full disk, SQLite has rolled back by itself. Should this rollback fail, nothing is
        // committed either; the next batch then fails at BEGIN and comes here again.
        if (sqlite3_get_autocommit(Connection.Handle) == 0)
        {
            _ = sqlite3_exec(Connection.Handle, "ROLLBACK");
        }

        Array.Clear(_results, 0, batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            WriteResult.TakeBackFrom(batch[i]);
        }
    }
}
