using System.Text;
using DbUp;
using DbUp.Engine;
using DbUp.Sqlite.Helpers;
using Microsoft.Data.Sqlite;
using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// Brings a database to this program's schema, in one transaction, with the scripts under <c>Migrations/</c>. A script that
/// was released never changes; its name is its identity in the table SchemaVersions.
/// </summary>
internal static class Schema
{
    /// <summary><c>PRAGMA application_id</c> of our files, 'Parl'.</summary>
    public const long ApplicationId = 0x5061726C;

    private const string Folder = "Parley.Server.Storage.Sqlite.Migrations.";

    /// <exception cref="StoreException">The file belongs to another program, to a newer Parley, or a script failed.</exception>
    public static void Migrate(SqliteConnection connection, string file)
    {
        if (connection.Scalar("SELECT count(*) FROM sqlite_schema") is not 0L)
        {
            CheckReadable(connection, file);
        }

        // The shared connection leaves ours open.
        using var shared = new SharedConnection(connection);
        var result = DeployChanges.To.SqliteDatabase(shared)
            .WithScripts(ReadScripts())
            .WithVariablesDisabled()
            .WithTransaction()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw result.Error is SqliteException failure
                ? SqliteFailure.Explain(failure, file)
                : new StoreException(ErrorCode.Internal, $"{file} could not be migrated: {result.Error.Message}", result.Error);
        }
    }

    /// <summary>Whether this program can read a database that is not empty. It changes nothing.</summary>
    /// <exception cref="StoreException">The file belongs to another program or to a newer Parley.</exception>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public static void CheckReadable(SqliteConnection connection, string file)
    {
        if (connection.Scalar("PRAGMA application_id") is not ApplicationId)
        {
            throw new StoreException(
                ErrorCode.Internal, $"{file} is the database of another program: choose another data folder, or move the file away.");
        }

        var known = ReadScripts().Select(static script => script.Name).ToHashSet(StringComparer.Ordinal);
        if (ReadMigrations(connection).Find(name => !known.Contains(name)) is { } unknown)
        {
            throw new StoreException(
                ErrorCode.Internal,
                $"{file} was written by a newer Parley (this one does not know {unknown}): run that version, or restore a backup of this one.");
        }
    }

    /// <summary>The migrations that a database has gone through, in order.</summary>
    /// <exception cref="SqliteException">They cannot be read.</exception>
    public static List<string> ReadMigrations(SqliteConnection connection)
    {
        var names = new List<string>();
        using var rows = new Statement(connection, "SELECT ScriptName FROM SchemaVersions ORDER BY SchemaVersionID");
        while (rows.Step())
        {
            names.Add(rows.Text(0) ?? "");
        }

        return names;
    }

    /// <summary>An empty database in memory, to which these migrations have been done.</summary>
    public static SqliteConnection CreateReference(IReadOnlyCollection<string> migrations)
    {
        var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        connection.Open();
        foreach (var script in ReadScripts().Where(script => migrations.Contains(script.Name)))
        {
            connection.Execute(script.Contents);
        }

        return connection;
    }

    private static IEnumerable<SqlScript> ReadScripts()
    {
        var assembly = typeof(Schema).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (resource.StartsWith(Folder, StringComparison.Ordinal))
            {
                // The name was listed by the assembly itself, so the stream exists.
                using var stream = assembly.GetManifestResourceStream(resource)!;
                yield return SqlScript.FromStream(Path.GetFileNameWithoutExtension(resource[Folder.Length..]), stream, Encoding.UTF8);
            }
        }
    }
}
