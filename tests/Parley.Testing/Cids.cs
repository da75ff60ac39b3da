using System.Text;

namespace Parley.Testing;

/// <summary>Idempotency keys as texts; the store has them as bytes.</summary>
internal static class Cids
{
    /// <summary>The text; null for none.</summary>
    public static string? TextOf(ReadOnlyMemory<byte> cid) => cid.IsEmpty ? null : Encoding.UTF8.GetString(cid.Span);

    /// <summary>The bytes; none for null.</summary>
    public static byte[] BytesOf(string? cid) => cid is null ? [] : Encoding.UTF8.GetBytes(cid);
}
