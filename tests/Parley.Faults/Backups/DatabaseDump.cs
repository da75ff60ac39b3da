using System.Text;
using Microsoft.Data.Sqlite;

namespace Parley.Faults.Backups;

/// <summary>
/// Every row of the documented tables, byte for byte, read without the server's code; but for the probe, which a server writes
/// at every start.
/// </summary>
internal static class DatabaseDump
{
    private static readonly (string Table, string Columns)[] Tables =
    [
        ("meta", "key, value"),
        ("users", "id, name, name_key, role, created_ts"),
        ("rooms", "id, name, title, kind, head, floor, created_ts"),
        ("members", "room_id, user_id, joined_ts"),
        ("events", "id, room_id, seq, ts, user_id, kind, cid, text, data"),
    ];

    /// <summary>Reads a database that nobody writes.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static string Read(string file)
    {
        using var database = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        database.Open();
        var dump = new StringBuilder();
        foreach (var (table, columns) in Tables)
        {
            using var command = database.CreateCommand();
            var quoted = string.Join(", ", columns.Split(", ").Select(c => $"typeof({c}), hex({c})"));
            command.CommandText = $"SELECT {quoted} FROM {table} WHERE hex({columns.Split(", ")[0]}) <> hex('probe') ORDER BY 2, 4";
            using var row = command.ExecuteReader();
            while (row.Read())
            {
                dump.Append(table);
                for (var i = 0; i < row.FieldCount; i++)
                {
                    dump.Append(' ').Append(row.GetString(i));
                }

                dump.Append('\n');
            }
        }

        return dump.ToString();
    }
}
