namespace Parley.Server.Storage;

/// <summary>A committed entry of a room's log.</summary>
/// <param name="Seq">Place in the log, from 1.</param>
/// <param name="Ts">When it was stored, Unix milliseconds.</param>
/// <param name="By">Name of the user who caused it.</param>
/// <param name="Kind">See <see cref="Protocol.EventKind"/>.</param>
/// <param name="Cid">The sender's idempotency key, UTF-8; empty: none.</param>
/// <param name="Text">UTF-8; empty for kinds without text.</param>
internal readonly record struct StoredEvent(
    long Seq, long Ts, string By, string Kind, ReadOnlyMemory<byte> Cid, ReadOnlyMemory<byte> Text);
