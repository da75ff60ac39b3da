using System.CommandLine;
using System.Globalization;
using Parley.Cli.Admin;
using Parley.Cli.Settings;
using Parley.Protocol;
using Parley.Server.Exports;

namespace Parley.Cli.Commands;

/// <summary><c>parley export</c>: logs as lines of JSON.</summary>
internal static class ExportCommand
{
    private const string StandardOutput = "-";

    public static Command Create()
    {
        var command = new Command("export", "Write the events of rooms as lines of JSON, while the server runs or not.");
        var options = new AdminOptions(command);
        var rooms = new Option<string[]>("--room") { Description = "A room; may be repeated. Default: all.", HelpName = "ROOM" };
        var to = new Option<string>("--to") { Description = "Where the lines go. Default: -, standard output.", HelpName = "FILE", DefaultValueFactory = _ => StandardOutput };
        command.Options.Add(rooms);
        command.Options.Add(to);
        options.Force("Replace a file that is there.");
        options.Config();
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var data = options.Data(parsed);
            var wanted = parsed.GetValue(rooms) ?? [];
            if (wanted.FirstOrDefault(room => !Names.IsRoom(room)) is { } wrong)
            {
                throw new SettingsException($"--room: no room is called {Quote.Text(wrong)}; names have 1 to 32 of a-z 0-9 _ -");
            }

            // Not null: it has a default.
            var target = parsed.GetValue(to)!;
            var report = await Task.Run(
                () =>
                {
                    if (target != StandardOutput)
                    {
                        return LogExport.WriteFile(data, wanted, target, options.IsForced(parsed), cancellationToken);
                    }

                    using var output = Console.OpenStandardOutput();
                    return LogExport.Write(data, wanted, output, cancellationToken);
                },
                cancellationToken);

            // Not on standard output, which holds nothing but the lines.
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"{report.Rooms} rooms, {report.Events} events"));
            return ExitCode.Success;
        });
        return command;
    }
}
