using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// The hash of one event, which also covers the one before it in its room: SHA-256 of what docs/storage.md lists under
/// "Altered rows". Text and data go in by their digest alone, so that a text can be dropped later and its chain still holds.
/// </summary>
/// <remarks>Hot path: the writer computes one per event. Nothing is allocated but for the longest content so far.</remarks>
internal sealed class EventHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    // Previous hash, digest of the content, room, seq, ts, user, lengths of kind and cid.
    private const int FixedBytes = Length + Length + (4 * sizeof(long)) + (2 * sizeof(int));

    // A cid has at most 64 bytes, a kind fewer; only a damaged row is longer.
    private const int StackBytes = FixedBytes + 128;

    private byte[] _content = new byte[1_024];

    /// <summary>What stands for the previous hash where there is none: at the beginning, and after an event without a hash.</summary>
    public static ReadOnlySpan<byte> Beginning => new byte[Length];

    /// <summary>The digest of an event's content: SHA-256 of the text's length (4 bytes, big-endian), the text, the data.</summary>
    public void DigestContent(ReadOnlySpan<byte> text, ReadOnlySpan<byte> data, Span<byte> digest)
    {
        var length = sizeof(int) + text.Length + data.Length;
        if (_content.Length < length)
        {
            _content = new byte[Math.Max(length, 2 * _content.Length)];
        }

        BinaryPrimitives.WriteInt32BigEndian(_content, text.Length);
        text.CopyTo(_content.AsSpan(sizeof(int)));
        data.CopyTo(_content.AsSpan(sizeof(int) + text.Length));
        SHA256.HashData(_content.AsSpan(0, length), digest);
    }

    /// <summary>The hash of an event.</summary>
    /// <param name="chain">In: the hash of the event before it, or <see cref="Beginning"/>. Out: its own.</param>
    /// <param name="place">Its room, its seq, its time and its user.</param>
    /// <param name="kind">UTF-8.</param>
    /// <param name="cid">UTF-8.</param>
    /// <param name="hasCid">Whether there is one.</param>
    /// <param name="digest">See <see cref="DigestContent"/>.</param>
    public static void Advance(
        Span<byte> chain, in EventPlace place, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> cid, bool hasCid, ReadOnlySpan<byte> digest)
    {
        var length = FixedBytes + kind.Length + cid.Length;
        var input = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        chain.CopyTo(input);
        digest.CopyTo(input[Length..]);
        BinaryPrimitives.WriteInt64BigEndian(input[64..], place.RoomId);
        BinaryPrimitives.WriteInt64BigEndian(input[72..], place.Seq);
        BinaryPrimitives.WriteInt64BigEndian(input[80..], place.Ts);
        BinaryPrimitives.WriteInt64BigEndian(input[88..], place.UserId);
        BinaryPrimitives.WriteInt32BigEndian(input[96..], kind.Length);
        BinaryPrimitives.WriteInt32BigEndian(input[100..], hasCid ? cid.Length : -1);
        kind.CopyTo(input[FixedBytes..]);
        cid.CopyTo(input[(FixedBytes + kind.Length)..]);
        SHA256.HashData(input[..length], chain);
    }
}

/// <summary>Where an event stands and who caused it.</summary>
internal readonly record struct EventPlace(long RoomId, long Seq, long Ts, long UserId);

/// <summary>A hash held in place.</summary>
[InlineArray(EventHash.Length)]
internal struct HashBytes
{
    private byte _first;
}
