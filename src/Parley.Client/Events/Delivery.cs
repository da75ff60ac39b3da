using Parley.Protocol;

namespace Parley.Client;

/// <summary>An event on its way to the consumer, and what to store once it has been processed.</summary>
/// <param name="Event">Null: nothing to show, only the cursor to store.</param>
/// <param name="From">The replay that made it; null when no cursor depends on it.</param>
/// <param name="Cursor">Cursor of the room after it; null: the room is not followed any more.</param>
internal readonly record struct Delivery(ChatEvent? Event, RoomReplay? From, Cursor? Cursor);
