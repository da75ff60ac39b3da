using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// The seals of rows that are few and seldom change (users, rooms, meta): a SHA-256 of the row's other columns, in the row
/// itself, by which <c>parley verify</c> finds an altered one. Events have <see cref="EventHash"/>.
/// </summary>
internal static class RowSeal
{
    /// <summary>Of a user.</summary>
    public static byte[] OfUser(long id, string name, string nameKey, string role, long createdTs) =>
        Of("users", Text(id), name, nameKey, role, Text(createdTs));

    /// <summary>Of a room; head, floor and hash move, and are checked against the events.</summary>
    public static byte[] OfRoom(long id, string name, string title, string kind, long createdTs) =>
        Of("rooms", Text(id), name, title, kind, Text(createdTs));

    /// <summary>Of a row of <c>meta</c>.</summary>
    public static byte[] OfMeta(string key, string value) => Of("meta", key, value);

    /// <summary>Seals what has no seal: rows of before there were seals, and those made by a migration. One transaction.</summary>
    /// <exception cref="SqliteException">The rows cannot be read or written.</exception>
    public static void SealAll(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        SealAll(
            connection,
            "SELECT rowid, id, name, name_key, role, created_ts FROM users WHERE seal IS NULL",
            static row => OfUser(row.Int64(1), row.Text(2)!, row.Text(3)!, row.Text(4)!, row.Int64(5)), // The columns are NOT NULL.
            "UPDATE users SET seal = ?2 WHERE rowid = ?1");
        SealAll(
            connection,
            "SELECT rowid, id, name, title, kind, created_ts FROM rooms WHERE seal IS NULL",
            static row => OfRoom(row.Int64(1), row.Text(2)!, row.Text(3)!, row.Text(4)!, row.Int64(5)),
            "UPDATE rooms SET seal = ?2 WHERE rowid = ?1");
        SealAll(
            connection,
            "SELECT rowid, key, value FROM meta WHERE seal IS NULL",
            static row => OfMeta(row.Text(1)!, row.Text(2)!),
            "UPDATE meta SET seal = ?2 WHERE rowid = ?1");
        transaction.Commit();
    }

    private static void SealAll(SqliteConnection connection, string select, Func<Statement, byte[]> seal, string update)
    {
        var seals = new List<(long Row, byte[] Seal)>();
        using (var rows = new Statement(connection, select))
        {
            while (rows.Step())
            {
                seals.Add((rows.Int64(0), seal(rows)));
            }
        }

        using var set = new Statement(connection, update);
        foreach (var (row, bytes) in seals)
        {
            set.Bind(1, row);
            set.BindBlob(2, bytes);
            set.Run();
        }
    }

    /// <summary>Each value as its length in bytes, a colon, and itself, so that no two lists look alike.</summary>
    private static byte[] Of(params ReadOnlySpan<string> values)
    {
        var text = new StringBuilder();
        foreach (var value in values)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(value)}:{value}");
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
