using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>Users, rooms and meta: each row by itself, against its seal where there is one.</summary>
internal static class RowCheck
{
    private const int EpochLength = 16;

    public static void Run(StoredDatabase database, ProblemList problems)
    {
        CheckMeta(database, problems);
        CheckUsers(database, problems);
        CheckRooms(database, problems);
        CheckCids(database, problems);
    }

    /// <summary>The epoch; null if it is lost.</summary>
    public static string? ReadEpoch(StoredDatabase database)
    {
        try
        {
            return database.Connection.Scalar("SELECT value FROM meta WHERE key = 'epoch'") as string;
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            return null; // The check has said why.
        }
    }

    private static void CheckMeta(StoredDatabase database, ProblemList problems)
    {
        if (ReadEpoch(database) is not { Length: EpochLength } epoch || !epoch.All(char.IsAsciiHexDigitLower))
        {
            problems.Add("the epoch is lost");
        }

        using var rows = Select(database, "meta", "key, value");
        while (rows.Step())
        {
            if (IsAltered(rows, seal: 2, RowSeal.OfMeta(rows.Text(0) ?? "", rows.Text(1) ?? "")))
            {
                problems.Add($"meta: the row {rows.Text(0)} was altered");
            }
        }
    }

    private static void CheckUsers(StoredDatabase database, ProblemList problems)
    {
        using var rows = Select(database, "users", "id, name, name_key, role, created_ts");
        while (rows.Step())
        {
            var (id, name, key) = (rows.Int64(0), rows.Text(1) ?? "", rows.Text(2) ?? "");
            if (IsAltered(rows, seal: 5, RowSeal.OfUser(id, name, key, rows.Text(3) ?? "", rows.Int64(4))))
            {
                problems.Add($"user {id} was altered");
            }
            else if (!string.Equals(key, name.ToUpperInvariant(), StringComparison.Ordinal))
            {
                problems.Add($"user {id}: the name and its key differ");
            }
        }
    }

    private static void CheckRooms(StoredDatabase database, ProblemList problems)
    {
        using var rows = Select(database, "rooms", "id, name, title, kind, created_ts");
        while (rows.Step())
        {
            var (id, name) = (rows.Int64(0), rows.Text(1) ?? "");
            if (IsAltered(rows, seal: 5, RowSeal.OfRoom(id, name, rows.Text(2) ?? "", rows.Text(3) ?? "", rows.Int64(4))))
            {
                problems.Add($"room {id} was altered");
            }
            else if (!Names.IsRoom(name))
            {
                problems.Add($"room {id} has a name that no room can have");
            }
        }
    }

    private static void CheckCids(StoredDatabase database, ProblemList problems)
    {
        using var rows = new Statement(
            database.Connection,
            "SELECT user_id, min(id), count(*) FROM events WHERE cid IS NOT NULL GROUP BY cid, user_id HAVING count(*) > 1");
        while (rows.Step())
        {
            problems.Add($"user {rows.Int64(0)} has {rows.Int64(2)} events with the cid of event id {rows.Int64(1)}");
        }
    }

    private static Statement Select(StoredDatabase database, string table, string columns) =>
        new(database.Connection, $"SELECT {columns}, {(database.HasChain ? "seal" : "NULL")} FROM {table}");

    private static bool IsAltered(Statement row, int seal, byte[] expected) =>
        !row.IsNull(seal) && !row.Blob(seal).SequenceEqual(expected);
}
