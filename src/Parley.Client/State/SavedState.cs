using Parley.Protocol;

namespace Parley.Client;

/// <summary>What a client keeps between two lives.</summary>
/// <param name="Cursors">Room id to the last event that the application has processed.</param>
/// <param name="Unsent">Messages not known to be stored, in order.</param>
public sealed record SavedState(
    IReadOnlyDictionary<string, Cursor> Cursors,
    IReadOnlyList<UnsentMessage> Unsent);

/// <summary>A message that is not known to be stored.</summary>
/// <param name="Room">Room id.</param>
/// <param name="Cid">Its idempotency key; see <see cref="Names.IsCid(ReadOnlySpan{char})"/>.</param>
/// <param name="Text">What to send.</param>
public sealed record UnsentMessage(string Room, string Cid, string Text);
