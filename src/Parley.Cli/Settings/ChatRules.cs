using Parley.Protocol;

namespace Parley.Cli.Settings;

/// <summary>What must hold before the terminal client starts.</summary>
internal static class ChatRules
{
    /// <summary>Checks the settings that the client uses.</summary>
    /// <returns>The address of the server's WebSocket.</returns>
    /// <exception cref="SettingsException">A value is not one that any server would take.</exception>
    public static Uri Check(LoadedSettings loaded)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        var chat = loaded.Settings.Chat;
        if (chat.Name is { } name && !Names.IsUser(name))
        {
            throw loaded.Refuse("Chat:Name", name, "1 to 32 letters, digits, _ - or ., beginning with a letter or digit");
        }

        if (!Names.IsRoom(chat.Room))
        {
            throw loaded.Refuse("Chat:Room", chat.Room, "1 to 32 of a-z 0-9 _ -, beginning with a letter or digit");
        }

        if (chat.Token is { } token && (token.Length == 0 || token.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            throw loaded.Refuse("Chat:Token", "", "visible ASCII characters without spaces");
        }

        return WebSocketAddress(chat.Url)
            ?? throw loaded.Refuse("Chat:Url", chat.Url, "http://HOST:PORT, https://…, ws://… or wss://…, without user, query or fragment");
    }

    private static Uri? WebSocketAddress(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            return null;
        }

        var scheme = uri.Scheme switch
        {
            "http" or "ws" => "ws",
            "https" or "wss" => "wss",
            _ => null,
        };
        return scheme is null
            ? null
            : new UriBuilder(scheme, uri.Host, uri.IsDefaultPort ? -1 : uri.Port, uri.AbsolutePath == "/" ? "/ws" : uri.AbsolutePath).Uri;
    }
}
