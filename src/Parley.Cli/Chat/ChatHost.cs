using Parley.Cli.Settings;
using Parley.Client;

namespace Parley.Cli.Chat;

/// <summary>Connects the plain client to a server and to this process's terminal or pipes.</summary>
internal static class ChatHost
{
    public static async Task<int> RunAsync(Uri address, ChatSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        await using var client = new ChatClient(new ChatClientOptions
        {
            Server = address.AbsoluteUri,
            GuestName = settings.Name,
            Token = settings.Token,
            ClientName = "parley",
            ConnectTimeout = settings.ConnectTimeout,
            WelcomeTimeout = settings.ConnectTimeout,
            RequestTimeout = settings.ReplyTimeout,
        });
        await using var room = new RoomChat(client, address, settings.Room);
        return await ChatConsole.RunAsync(room.Start(), settings, TimeProvider.System, cancellationToken);
    }
}
