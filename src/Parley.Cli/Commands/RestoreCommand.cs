using System.CommandLine;
using Parley.Cli.Admin;
using Parley.Cli.Chat;
using Parley.Server.Storage.Sqlite.Backups;

namespace Parley.Cli.Commands;

/// <summary><c>parley restore</c>: a backup becomes the database of a data folder.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var command = new Command("restore", "Put a backup into a data folder that no server uses. Clients then load everything anew.");
        var file = new Argument<string>("FILE") { Description = "The backup." };
        command.Arguments.Add(file);
        var options = new AdminOptions(command);
        options.Force("Also where a database is; it is kept under another name.");
        options.Json();
        options.Config();
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var data = options.Data(parsed);
            var backup = parsed.GetRequiredValue(file);
            var start = TimeProvider.System.GetTimestamp();
            var report = await Task.Run(
                () => DatabaseRestore.Run(backup, data, options.IsForced(parsed), TimeProvider.System, cancellationToken), cancellationToken);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            var output = parsed.InvocationConfiguration.Output;
            if (options.IsJson(parsed))
            {
                await output.WriteLineAsync(ReportJson.Write(report.Restored, elapsed, json =>
                {
                    json.WriteString("backup_epoch"u8, report.BackupEpoch);
                    json.WriteString("kept_aside"u8, report.KeptAside);
                }));
                return ExitCode.Success;
            }

            ReportText.Write(output, $"{report.Restored.File} holds, with a new epoch,", report.Restored, elapsed);
            if (report.KeptAside is { } aside)
            {
                await output.WriteLineAsync($"What was there is now {TerminalText.EscapeLine(aside)}");
            }

            return ExitCode.Success;
        });
        return command;
    }
}
