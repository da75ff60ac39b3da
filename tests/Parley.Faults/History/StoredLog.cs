using System.Text;
using Microsoft.Data.Sqlite;

namespace Parley.Faults.History;

/// <summary>An event as the store holds it.</summary>
public sealed record StoredEvent(string Room, long Seq, string By, string Kind, string? Cid, string? Text);

/// <summary>A room as the store holds it.</summary>
public sealed record StoredRoom(string Name, long Floor, long Head);

/// <summary>What the store holds at the end of a run.</summary>
/// <param name="Rooms">Its rooms.</param>
/// <param name="Events">Their events, by room and seq.</param>
public sealed record StoredLog(IReadOnlyList<StoredRoom> Rooms, IReadOnlyList<StoredEvent> Events)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a data folder through the views that are documented for people, not through the server's code.</summary>
    /// <exception cref="InvalidDataException">The database is damaged.</exception>
    public static StoredLog Read(string dataFolder)
    {
        using var database = Open(dataFolder);
        using var transaction = database.BeginTransaction(deferred: true);
        CheckIntegrity(database);
        return new StoredLog(ReadRooms(database), ReadEvents(database));
    }

    /// <summary>Reads only the rooms; the server may run.</summary>
    public static IReadOnlyList<StoredRoom> ReadHeads(string dataFolder)
    {
        using var database = Open(dataFolder);
        return ReadRooms(database);
    }

    private static SqliteConnection Open(string dataFolder)
    {
        var database = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(dataFolder, "parley.db"),
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        database.Open();
        return database;
    }

    private static void CheckIntegrity(SqliteConnection database)
    {
        using var command = database.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        var verdict = (string?)command.ExecuteScalar();
        if (verdict != "ok")
        {
            throw new InvalidDataException("The database is damaged: " + verdict);
        }
    }

    private static List<StoredRoom> ReadRooms(SqliteConnection database)
    {
        using var command = database.CreateCommand();
        command.CommandText = "SELECT room, floor, head FROM v_rooms";
        using var row = command.ExecuteReader();
        var rooms = new List<StoredRoom>();
        while (row.Read())
        {
            rooms.Add(new StoredRoom(row.GetString(0), row.GetInt64(1), row.GetInt64(2)));
        }

        return rooms;
    }

    private static List<StoredEvent> ReadEvents(SqliteConnection database)
    {
        using var command = database.CreateCommand();

        // As a blob: what is not UTF-8 shall be noticed, not replaced.
        command.CommandText = "SELECT room, seq, user, kind, cid, CAST(text AS BLOB) FROM v_events ORDER BY room, seq";
        using var row = command.ExecuteReader();
        var events = new List<StoredEvent>();
        while (row.Read())
        {
            events.Add(new StoredEvent(
                row.GetString(0),
                row.GetInt64(1),
                row.GetString(2),
                row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                row.IsDBNull(5) ? null : Strict.GetString(row.GetFieldValue<byte[]>(5))));
        }

        return events;
    }
}
