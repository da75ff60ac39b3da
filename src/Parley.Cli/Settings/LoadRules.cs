using Parley.Cli.Load;
using Parley.Cli.Load.Wire;
using Parley.Protocol;

namespace Parley.Cli.Settings;

/// <summary>What must hold between settings before a load test starts.</summary>
internal static class LoadRules
{
    // Four bytes each.
    private const long MaxPairs = 100_000_000;

    // A dash and the number of a user.
    private const int NameSuffix = 8;

    /// <summary>Checks the settings that a load test uses.</summary>
    /// <exception cref="SettingsException">Something does not go together.</exception>
    public static LoadOptions Check(LoadedSettings loaded)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        var load = loaded.Settings.Load;
        var options = new LoadOptions
        {
            Url = Address(load)
                ?? throw loaded.Refuse("Load:Url", load.Url, "http://HOST:PORT or ws://…, without TLS, user, query or fragment"),
            Clients = load.Clients,
            Senders = load.Senders,
            Rate = load.Rate,
            Window = load.Window,
            Duration = load.Duration,
            Warm = load.Warm,
            Payload = load.Payload,
            Stalled = load.Stalled,
            StallFor = load.StallFor,
            Churn = load.Churn,
            Idle = load.Idle,
            IdleAfter = load.IdleAfter,
            Dialect = load.Dialect,
            Raw = load.Raw,
            Room = load.Room,
            NamePrefix = load.NamePrefix ?? (load.Dialect == LoadDialect.Json ? $"load-{load.Seed}" : null),
            Seed = load.Seed,
            Token = load.Token,
            Init = load.Init,
            Wrap = Halves(load.Wrap),
            Subprotocol = load.Raw ? load.Proto : null,
            Pid = load.Pid,
        };
        CheckNumbers(loaded, options);
        CheckTexts(loaded, options);
        return options;
    }

    private static void CheckNumbers(LoadedSettings loaded, LoadOptions options)
    {
        if (options.Stalled + (long)options.Idle >= options.Clients && options.Stalled + options.Idle > 0)
        {
            var path = options.Stalled > 0 ? "Load:Stalled" : "Load:Idle";
            throw loaded.Refuse(path, $"{Math.Max(options.Stalled, options.Idle)}", "fewer stalled and idle users together than --clients");
        }

        if (options.Voices > Stamp.MaxVoices)
        {
            throw loaded.Refuse("Load:Idle", $"{options.Idle}", $"at most {Stamp.MaxVoices} senders and idle users together");
        }

        if ((long)options.Connections * options.Voices > MaxPairs)
        {
            throw loaded.Refuse("Load:Clients", $"{options.Clients}", $"at most {MaxPairs:N0} pairs of one who listens and one who sends");
        }
    }

    private static void CheckTexts(LoadedSettings loaded, LoadOptions options)
    {
        var load = loaded.Settings.Load;
        if (!Names.IsRoom(options.Room))
        {
            throw loaded.Refuse("Load:Room", options.Room, "1 to 32 of a-z 0-9 _ -, beginning with a letter or digit");
        }

        if (options.NamePrefix is { } prefix && !(Names.IsUser(prefix) && prefix.Length + NameSuffix <= Names.MaxUserLength && !prefix.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            throw loaded.Refuse("Load:NamePrefix", prefix, $"1 to {Names.MaxUserLength - NameSuffix} of A-Z a-z 0-9 _ - ., beginning with a letter or digit");
        }

        if (load.Token is { } token && (token.Length == 0 || token.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            throw loaded.Refuse("Load:Token", "", "visible ASCII characters without spaces");
        }

        if (load.Raw && load.Dialect == LoadDialect.Json)
        {
            throw loaded.Refuse("Load:Raw", "on", "off with --dialect json");
        }

        if (load.Proto is { } proto && (!load.Raw || proto.Length == 0 || proto.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            throw loaded.Refuse("Load:Proto", proto, "the name of a subprotocol, and only with --raw");
        }

        if (load.Wrap is { } wrap && (!load.Raw || wrap.Count('%') != 1))
        {
            throw loaded.Refuse("Load:Wrap", wrap, "a text with one % in it, and only with --raw");
        }

        if (load.Init is { } init && options.Dialect == LoadDialect.Json)
        {
            throw loaded.Refuse("Load:Init", init, "nothing in the JSON dialect, which begins with a hello of its own");
        }
    }

    private static (string Before, string After) Halves(string? wrap) =>
        wrap?.IndexOf('%', StringComparison.Ordinal) is >= 0 and var at ? (wrap[..at], wrap[(at + 1)..]) : ("", "");

    private static Uri? Address(LoadSettings load)
    {
        if (!Uri.TryCreate(load.Url, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Scheme is not ("http" or "ws")
            || uri.UserInfo.Length > 0 || (uri.Query.Length > 0 && !load.Raw) || uri.Fragment.Length > 0)
        {
            return null;
        }

        var path = uri.AbsolutePath == "/" && !load.Raw ? "/ws" : uri.AbsolutePath;
        return new UriBuilder("ws", uri.Host, uri.IsDefaultPort ? -1 : uri.Port, path, uri.Query).Uri;
    }
}
