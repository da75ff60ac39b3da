using System.Text;

namespace Parley.Protocol;

/// <summary>The rules for room ids, user names and client message ids.</summary>
public static class Names
{
    /// <summary>Longest room id, in characters.</summary>
    public const int MaxRoomLength = 32;

    /// <summary>Longest user name, in UTF-16 characters.</summary>
    public const int MaxUserLength = 32;

    /// <summary>Longest client message id, in characters.</summary>
    public const int MaxCidLength = 64;

    /// <summary>The room that exists from the first start.</summary>
    public const string Lobby = "lobby";

    /// <summary>A room id: 1–32 of <c>[a-z0-9_-]</c>, beginning with a letter or digit. Immutable once created.</summary>
    public static bool IsRoom(ReadOnlySpan<char> id) =>
        id.Length is > 0 and <= MaxRoomLength && char.IsAsciiLetterOrDigit(id[0]) && !id.ContainsAnyExcept(RoomCharacters);

    /// <summary>A user name: 1–32 letters, digits, <c>_ - .</c>, beginning with a letter or digit.</summary>
    public static bool IsUser(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxUserLength)
        {
            return false;
        }

        var first = true;
        foreach (var rune in name.EnumerateRunes())
        {
            // A lone surrogate enumerates as U+FFFD, which is neither letter nor digit.
            if (!Rune.IsLetterOrDigit(rune) && (first || rune.Value is not ('_' or '-' or '.')))
            {
                return false;
            }

            first = false;
        }

        return true;
    }

    /// <summary>A client message id: 1–64 of <c>[A-Za-z0-9_-]</c>.</summary>
    public static bool IsCid(ReadOnlySpan<char> cid) =>
        cid.Length is > 0 and <= MaxCidLength && !cid.ContainsAnyExcept(CidCharacters);

    /// <summary>The same for one in UTF-8.</summary>
    public static bool IsCid(ReadOnlySpan<byte> cid) =>
        cid.Length is > 0 and <= MaxCidLength && !cid.ContainsAnyExcept(CidBytes);

    private static readonly System.Buffers.SearchValues<char> RoomCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly System.Buffers.SearchValues<char> CidCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly System.Buffers.SearchValues<byte> CidBytes =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);
}
