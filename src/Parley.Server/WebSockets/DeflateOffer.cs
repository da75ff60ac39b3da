namespace Parley.Server.WebSockets;

/// <summary>Chooses among the permessage-deflate offers of a client (RFC 6455 §9.1, RFC 7692 §5 and §7.1).</summary>
/// <remarks>
/// <code>
/// extension-list  = extension *( "," extension )
/// extension       = token *( ";" token [ "=" ( token / quoted token ) ] )
/// </code>
/// An offer with an unknown, repeated or ill-valued parameter is declined, and the next one is looked at. From the
/// first that does not even parse, nothing more is read: where the next offer begins would be a guess.
/// </remarks>
internal static class DeflateOffer
{
    private const string Accepted = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    /// <summary>Judges the offers in their order, which is the client's order of preference.</summary>
    /// <param name="extensions">The values of <c>Sec-WebSocket-Extensions</c>.</param>
    /// <returns>The response's value of the same header, or <see langword="null"/> to go on without.</returns>
    public static string? Choose(IEnumerable<string?> extensions)
    {
        // Lines of the header are one list (RFC 9110 §5.3).
        ReadOnlySpan<char> rest = string.Join(',', extensions);
        while (TryTakeExtension(ref rest, out string? answer))
        {
            if (answer is not null)
            {
                return answer;
            }
        }

        return null;
    }

    private static bool TryTakeExtension(ref ReadOnlySpan<char> rest, out string? answer)
    {
        answer = null;
        rest = rest.TrimStart(" \t,");
        if (!TryTakeToken(ref rest, out string name))
        {
            return false;
        }

        bool good = name is "permessage-deflate";
        HashSet<string> seen = [];
        string serverBits = "";
        while (TryTake(ref rest, ';'))
        {
            if (!TryTakeToken(ref rest, out string parameter))
            {
                return false;
            }

            string value = "";
            bool valued = TryTake(ref rest, '=');
            if (valued && !TryTakeValue(ref rest, out value))
            {
                return false;
            }

            good &= seen.Add(parameter) && parameter switch
            {
                "server_no_context_takeover" or "client_no_context_takeover" => !valued,
                "server_max_window_bits" => valued && IsWindowBits(value),
                "client_max_window_bits" => !valued || IsWindowBits(value),
                _ => false,
            };
            if (parameter is "server_max_window_bits")
            {
                serverBits = value;
            }
        }

        if (good)
        {
            // To accept an offer that limits our window, its limit must come back (§7.1.2.1). Promising it costs
            // nothing: we never compress. A limit on the client's own window need not be answered (§7.1.2.2), and
            // our inflater has the largest window anyway.
            answer = serverBits.Length == 0 ? Accepted : $"{Accepted}; server_max_window_bits={serverBits}";
        }

        return rest.IsEmpty || rest[0] == ',';
    }

    // 8 to 15, in decimal, without leading zeros (§7.1.2).
    private static bool IsWindowBits(string value) =>
        value is "8" or "9" or ['1', >= '0' and <= '5'];

    private static bool TryTakeToken(ref ReadOnlySpan<char> rest, out string token)
    {
        rest = rest.TrimStart(" \t");
        int length = rest.IndexOfAnyExcept(HeaderTokens.Characters);
        length = length < 0 ? rest.Length : length;
        token = rest[..length].ToString();
        rest = rest[length..].TrimStart(" \t");
        return length > 0;
    }

    private static bool TryTakeValue(ref ReadOnlySpan<char> rest, out string value)
    {
        bool quoted = TryTake(ref rest, '"');
        return TryTakeToken(ref rest, out value) && (!quoted || TryTake(ref rest, '"'));
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, char expected)
    {
        ReadOnlySpan<char> trimmed = rest.TrimStart(" \t");
        if (trimmed.IsEmpty || trimmed[0] != expected)
        {
            return false;
        }

        rest = trimmed[1..];
        return true;
    }
}
