namespace Parley.Client;

/// <summary>Where a message is stored.</summary>
/// <param name="Seq">Its place in the room's log.</param>
/// <param name="Ts">Server time when it was stored, Unix milliseconds; for display, never for order.</param>
/// <param name="Dup">True: this <c>cid</c> was stored before; seq and ts are those of the first time.</param>
public sealed record SentMessage(long Seq, long Ts, bool Dup);
