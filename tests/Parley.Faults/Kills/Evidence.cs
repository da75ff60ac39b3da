using Parley.Faults.History;

namespace Parley.Faults.Kills;

/// <summary>What is kept of a run that failed.</summary>
internal static class Evidence
{
    /// <summary>Saves the violations, the record and the database beside the tests' program.</summary>
    /// <returns>The folder.</returns>
    public static string Save(int seed, RecordedRun run, IEnumerable<Violation> violations, string data)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "evidence", $"{seed}")).FullName;
        File.WriteAllLines(Path.Combine(folder, "violations.txt"), violations.Select(v => $"{v}"));
        File.WriteAllLines(Path.Combine(folder, "history.txt"), run.Entries.Select(e => $"{e}".ReplaceLineEndings("⏎")));
        foreach (var file in Directory.EnumerateFiles(data))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return folder;
    }
}
