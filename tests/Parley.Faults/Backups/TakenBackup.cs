using Microsoft.Data.Sqlite;
using Parley.Faults.History;

namespace Parley.Faults.Backups;

/// <summary>A backup, as its restored database shows it.</summary>
/// <param name="Log">What it holds.</param>
/// <param name="Commits">Ids of its events, in the order of their commits over all rooms.</param>
internal sealed record TakenBackup(StoredLog Log, IReadOnlyList<long> Commits)
{
    /// <summary>Reads a data folder.</summary>
    public static TakenBackup Read(string dataFolder)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(dataFolder, "parley.db")};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "SELECT id FROM v_events ORDER BY id";
        using var row = command.ExecuteReader();
        var ids = new List<long>();
        while (row.Read())
        {
            ids.Add(row.GetInt64(0));
        }

        return new TakenBackup(StoredLog.Read(dataFolder), ids);
    }

    /// <summary>Fails unless this is the beginning of <paramref name="whole"/>: in each room, and in the order of commits.</summary>
    public void AssertBeginningOf(TakenBackup whole)
    {
        Assert.Equal(Commits, whole.Commits.Take(Commits.Count));
        var logs = whole.Log.Events.ToLookup(e => e.Room);
        foreach (var room in Log.Events.GroupBy(e => e.Room))
        {
            Assert.Equal(room, logs[room.Key].Take(room.Count()));
        }
    }
}
