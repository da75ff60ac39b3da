namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>What SQLite itself can tell: pages, indexes, types, references; and whether the schema is ours.</summary>
internal static class StructureCheck
{
    public static void Run(StoredDatabase database, ProblemList problems)
    {
        using (var integrity = new Statement(database.Connection, "PRAGMA integrity_check"))
        {
            while (integrity.Step())
            {
                if (!integrity.Utf8(0).SequenceEqual("ok"u8))
                {
                    problems.Add($"SQLite: {integrity.Text(0)}");
                }
            }
        }

        using (var references = new Statement(database.Connection, "PRAGMA foreign_key_check"))
        {
            while (references.Step())
            {
                problems.Add($"{references.Text(0)}: row {references.Int64(1)} refers to a row of {references.Text(2)} that does not exist");
            }
        }

        CompareSchema(database, problems);
    }

    /// <summary>Everything that our migrations make must be there, to the letter. What somebody added is not our concern.</summary>
    private static void CompareSchema(StoredDatabase database, ProblemList problems)
    {
        const string Sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'SchemaVersions'";
        var found = new HashSet<(string?, string?, string?, string?)>();
        using (var rows = new Statement(database.Connection, Sql))
        {
            while (rows.Step())
            {
                found.Add((rows.Text(0), rows.Text(1), rows.Text(2), rows.Text(3)));
            }
        }

        using var reference = Schema.CreateReference(Schema.ReadMigrations(database.Connection));
        using var expected = new Statement(reference, Sql);
        while (expected.Step())
        {
            if (!found.Contains((expected.Text(0), expected.Text(1), expected.Text(2), expected.Text(3))))
            {
                problems.Add($"the {expected.Text(0)} {expected.Text(1)} is missing or altered");
            }
        }
    }
}
