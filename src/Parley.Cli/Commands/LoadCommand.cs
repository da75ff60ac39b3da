using System.CommandLine;
using Parley.Cli.Load;
using Parley.Cli.Load.Report;
using Parley.Cli.Settings;
using Spectre.Console;

namespace Parley.Cli.Commands;

/// <summary><c>parley load</c>: simulated users, who check what they get.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var command = new Command("load", "Simulate users and check that nothing is lost, doubled or out of order. Exit code 1 if something is.");
        var options = new SettingOptions(command);
        options.Argument("URL", "Load:Url", "The server. Default: http://127.0.0.1:8080.");
        options.Value("--clients", "Load:Clients", "N", "Users who listen. Default: 100.");
        options.Value("--senders", "Load:Senders", "M", "Users who send, besides those. Default: 1.");
        options.Value("--rate", "Load:Rate", "R", "Messages a second of each sender. Default: 10.");
        options.Value("--window", "Load:Window", "W", "Instead of --rate: keep W messages under way, as fast as they are delivered.");
        options.Value("--duration", "Load:Duration", "DURATION", "How long to send and measure. Default: 10s.");
        options.Value("--warm", "Load:Warm", "DURATION", "How long to send before measuring. Default: 0.");
        options.Value("--payload", "Load:Payload", "BYTES", "Size of a message. Default: 100.");
        options.Value("--stalled", "Load:Stalled", "K", "K of the listeners stop reading.");
        options.Value("--stall-for", "Load:StallFor", "DURATION", "Then they read again, and must get everything. Default: never.");
        options.Value("--churn", "Load:Churn", "J", "J more users come, and J go, a second.");
        options.Value("--idle", "Load:Idle", "K", "K of the listeners speak once, after a silence.");
        options.Value("--idle-after", "Load:IdleAfter", "DURATION", "How long that silence is. Default: 5s.");
        options.Value("--dialect", "Load:Dialect", "line|json", "What the users speak. Default: line.");
        options.Flag("--raw", "Load:Raw", "The server is any WebSocket server that relays frames to its connections.");
        options.Value("--room", "Load:Room", "ROOM", "The room. Nobody else should be in it. Default: lobby.");
        options.Value("--name-prefix", "Load:NamePrefix", "NAME", "Names of users are NAME-0, NAME-1 … Default: load-SEED with --dialect json, else none.");
        options.Value("--seed", "Load:Seed", "S", "Decides who sends when, who stalls, who comes and goes. Default: 1.");
        options.Flag("--json", "Load:Json", "The summary as one JSON object.");
        options.Value("--token", "Load:Token", "TOKEN", "A token that everybody shows. PARLEY__Load__Token hides it.");
        options.Value("--init", "Load:Init", "TEXT", "A text frame that everybody sends first.");
        options.Value("--wrap", "Load:Wrap", "TEXT", "What a message is put into, with --raw; % stands for the message.");
        options.Value("--proto", "Load:Proto", "NAME", "The subprotocol to ask for, with --raw.");
        options.Value("--pid", "Load:Pid", "PID", "The server's process, to show what it uses. Default: found by the port, on this machine.");
        options.Config();
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var loaded = options.Load(parsed);
            var load = LoadRules.Check(loaded);
            var json = loaded.Settings.Load.Json;
            var screen = json || Console.IsOutputRedirected ? null : AnsiConsole.Console;
            var summary = await new LoadRun(load, TimeProvider.System).RunAsync(screen, cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteAsync(json ? SummaryJson.Write(summary) + "\n" : SummaryText.Write(summary));
            return summary.Faults.Count == 0 ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }
}
