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
        var isNew = connection.Scalar("SELECT count(*) FROM sqlite_schema") is 0L;
        if (!isNew && connection.Scalar("PRAGMA application_id") is not ApplicationId)
        {
            throw new StoreException(
                ErrorCode.Internal, $"{file} is the database of another program: choose another data folder, or move the file away.");
        }

        // The shared connection leaves ours open.
        using var shared = new SharedConnection(connection);
        var engine = DeployChanges.To.SqliteDatabase(shared)
            .WithScripts(ReadScripts())
            .WithVariablesDisabled()
            .WithTransaction()
            .LogToNowhere()
            .Build();

        if (!isNew && engine.GetExecutedButNotDiscoveredScripts() is [var unknown, ..])
        {
            throw new StoreException(
                ErrorCode.Internal,
                $"{file} was written by a newer Parley (this one does not know {unknown}): run that version, or restore a backup of this one.");
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw result.Error is SqliteException failure
                ? SqliteFailure.Explain(failure, file)
                : new StoreException(ErrorCode.Internal, $"{file} could not be migrated: {result.Error.Message}", result.Error);
        }
    }

    private static IEnumerable<SqlScript> ReadScripts()
    {
        var assembly = typeof(Schema).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames())
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
