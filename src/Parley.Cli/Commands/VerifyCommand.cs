using System.CommandLine;
using Parley.Cli.Admin;
using Parley.Server.Storage.Sqlite.Checks;

namespace Parley.Cli.Commands;

/// <summary><c>parley verify</c>: is anything wrong with a database or a backup?</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command = new Command("verify", "Look for anything wrong in a data folder or a backup. Exit code 1 and a line for each problem if there is.");
        var file = new Argument<string?>("FILE") { Description = "A backup, instead of the data folder.", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(file);
        var options = new AdminOptions(command);
        options.Json();
        options.Config();
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file) ?? options.Data(parsed);
            var start = TimeProvider.System.GetTimestamp();
            var report = await Task.Run(() => DatabaseVerifier.Run(path, cancellationToken), cancellationToken);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            var output = parsed.InvocationConfiguration.Output;
            if (options.IsJson(parsed))
            {
                await output.WriteLineAsync(ReportJson.Write(report, elapsed));
            }
            else if (report.IsSound)
            {
                ReportText.Write(output, $"{report.File} is sound", report, elapsed);
            }
            else
            {
                ReportText.WriteProblems(output, report);
            }

            return report.IsSound ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }
}
