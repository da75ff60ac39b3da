using System.CommandLine;
using Parley.Cli.Admin;
using Parley.Cli.Settings;
using Parley.Server.Storage.Sqlite.Backups;

namespace Parley.Cli.Commands;

/// <summary><c>parley backup</c>: one moment of a data folder in one file, while a server runs or not.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var command = new Command("backup", "Copy what a server keeps into one file, checked, while the server runs or not.");
        var file = new Argument<string?>("FILE") { Description = "Where the backup goes.", Arity = ArgumentArity.ZeroOrOne };
        var to = new Option<string?>("--to") { Description = "The same.", HelpName = "FILE" };
        command.Arguments.Add(file);
        var options = new AdminOptions(command);
        command.Options.Add(to);
        options.Force("Replace a file that is there.");
        options.Json();
        options.Config();
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var data = options.Data(parsed);
            var target = (parsed.GetValue(file), parsed.GetValue(to)) switch
            {
                ({ Length: > 0 } one, null) => one,
                (null, { Length: > 0 } one) => one,
                _ => throw new SettingsException("Name one file: parley backup FILE. See parley backup --help."),
            };
            var start = TimeProvider.System.GetTimestamp();
            var report = await Task.Run(
                () => DatabaseBackup.Write(data, target, options.IsForced(parsed), cancellationToken), cancellationToken);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            var output = parsed.InvocationConfiguration.Output;
            if (options.IsJson(parsed))
            {
                await output.WriteLineAsync(ReportJson.Write(report, elapsed));
            }
            else
            {
                ReportText.Write(output, $"{report.File} holds", report, elapsed);
            }

            return ExitCode.Success;
        });
        return command;
    }
}
