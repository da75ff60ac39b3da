using System.Globalization;
using Parley.Protocol;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary>Reads numbers of a query. Numbers are digits alone: no sign, no space.</summary>
internal static class SeqText
{
    /// <summary>Reads a number that may be absent.</summary>
    /// <returns>False if there is a text that is no number.</returns>
    public static bool TryRead(string? text, out long? number)
    {
        number = null;
        if (text is null)
        {
            return true;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        number = value;
        return true;
    }

    /// <summary>What to say of a parameter that is no seq.</summary>
    public static Refusal NoSeq(string parameter) => new(ErrorCode.BadRequest, $"\"{parameter}\" is a seq: a number from 0 up.");

    /// <summary>What to say of a limit out of range.</summary>
    public static Refusal NoLimit(int max) => new(ErrorCode.BadRequest, $"\"limit\" is a number from 1 to {max}.");
}
