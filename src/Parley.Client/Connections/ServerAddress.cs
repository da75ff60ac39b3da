namespace Parley.Client;

/// <summary>Turns what a person types into the address of the WebSocket endpoint.</summary>
internal static class ServerAddress
{
    private const string DefaultPath = "/ws";

    /// <summary>Reads an address; see <see cref="ChatClientOptions.Server"/> for what is accepted.</summary>
    /// <exception cref="ArgumentException">Not an address of a server.</exception>
    public static Uri Parse(string text)
    {
        var trimmed = text.Trim();
        var bare = !trimmed.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(bare ? "ws://" + trimmed : trimmed, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new ArgumentException($"'{text}' is not the address of a server.", nameof(text));
        }

        var secure = uri.Scheme switch
        {
            "ws" when bare => uri.Port == 443 || (uri.IsDefaultPort && !uri.IsLoopback),
            "ws" or "http" => false,
            "wss" or "https" => true,
            _ => throw new ArgumentException($"'{text}' must begin with ws, wss, http or https.", nameof(text)),
        };
        return new UriBuilder(uri)
        {
            Scheme = secure ? "wss" : "ws",
            Port = uri.IsDefaultPort ? -1 : uri.Port,
            Path = uri.AbsolutePath is "" or "/" ? DefaultPath : uri.AbsolutePath,
            Fragment = "",
        }.Uri;
    }
}
