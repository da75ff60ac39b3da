using System.CommandLine;
using System.CommandLine.Help;
using Parley.Cli.Chat;
using Parley.Cli.Settings;
using Parley.Server.Storage;

namespace Parley.Cli.Commands;

/// <summary>The command line as a whole: finds the command, runs it, turns what went wrong into one line and a code.</summary>
internal static class CommandLine
{
    // Long enough for a server to hand its clients over; a second signal ends the process at once.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    // An argument may begin with @: it is text to say, not a file with more arguments.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        try
        {
            var parsed = Create().Parse(arguments, Parser);
            if (parsed.Errors is [var fault, ..] && parsed.Action is not HelpAction)
            {
                var command = parsed.CommandResult.Command;
                var name = command is RootCommand ? "parley" : $"parley {command.Name}";
                await error.WriteLineAsync($"parley: {Quote.Bare(fault.Message)} See {name} --help.");
                return ExitCode.Usage;
            }

            return await parsed.InvokeAsync(new()
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = StopTimeout,
            });
        }
        catch (SettingsException e)
        {
            await error.WriteLineAsync($"parley: {e.Message}");
            return ExitCode.Usage;
        }
        catch (StoreException e)
        {
            await error.WriteLineAsync($"parley: {TerminalText.EscapeLine(e.Message)}");
            return ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Failure;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"parley: {Quote.Bare(e.Message)}");
            return ExitCode.Failure;
        }
    }

    private static RootCommand Create()
    {
        RootCommand root = new("Parley: chat you own. One program that is the server, the terminal client, the load tester and the admin tool.")
        {
            ServeCommand.Create(),
            ChatCommand.Create(),
            LoadCommand.Create(),
            BackupCommand.Create(),
            RestoreCommand.Create(),
            ExportCommand.Create(),
            VerifyCommand.Create(),
        };

        // A bare "parley" shows what there is, but a script that forgot its command must not look successful.
        root.SetAction(parsed =>
        {
            new HelpAction().Invoke(parsed);
            return ExitCode.Usage;
        });
        return root;
    }
}
