using System.Globalization;

namespace Parley.Protocol;

/// <summary>The place of the last event a reader holds of one room.</summary>
/// <param name="Epoch">Incarnation of the database that numbered the event.</param>
/// <param name="Seq">The event's seq; 0 before the first.</param>
/// <remarks>Without the epoch, a cursor taken before a restored backup would silently name other events.</remarks>
public readonly record struct Cursor(string Epoch, long Seq)
{
    /// <summary>Reads the text form <c>epoch ':' seq</c>.</summary>
    /// <returns><see langword="false"/> if malformed or out of range.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Cursor cursor)
    {
        cursor = default;
        var colon = text.IndexOf(':');
        if (colon is < 1 or > 32
            || !long.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
        {
            return false;
        }

        cursor = new Cursor(text[..colon].ToString(), seq);
        return true;
    }

    /// <summary>The text form <c>epoch ':' seq</c>, as used by <c>Last-Event-ID</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Seq}");
}
