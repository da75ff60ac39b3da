using System.CommandLine;
using Parley.Cli.Chat;
using Parley.Cli.Settings;

namespace Parley.Cli.Commands;

/// <summary><c>parley chat</c>: the terminal client.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var command = new Command("chat", "Chat from the terminal, or from a pipe. A line that is just q leaves.");
        var options = new SettingOptions(command);
        options.Argument("URL", "Chat:Url", "The server. Default: http://127.0.0.1:8080.");
        options.Value("--name", "Chat:Name", "NAME", "The name to chat under. Default: the server gives a guest name.");
        options.Value("--room", "Chat:Room", "ROOM", "The room to enter. Default: lobby.");
        options.Value("--token", "Chat:Token", "TOKEN", "A token that signs in. Other users of this machine can see it here; PARLEY__Chat__Token hides it.");
        options.Flag("--plain", "Chat:Plain", "Only the plain line client.");
        options.Value("--idle-after", "Chat:IdleAfter", "DURATION", "Speak for a user who typed nothing for this long, such as 30s. Default: never.");
        options.Value("--idle-say", "Chat:IdleSay", "TEXT", "What to say then.");
        options.Value("--connect-timeout", "Chat:ConnectTimeout", "DURATION", "How long one attempt to connect may take. Default: 10s.");
        options.Value("--reply-timeout", "Chat:ReplyTimeout", "DURATION", "How long to wait for the server's next answer, also at the end of a pipe. Default: 10s.");
        options.Config();
        command.SetAction((parsed, cancellationToken) =>
        {
            var loaded = options.Load(parsed);
            var address = ChatRules.Check(loaded);
            return ChatHost.RunAsync(address, loaded.Settings.Chat, cancellationToken);
        });
        return command;
    }
}
