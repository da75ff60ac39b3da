using Parley.Protocol;

namespace Parley.Client;

/// <summary>
/// Keeps a client's cursors and unsent messages. One live client uses it at a time, and never calls two of its methods
/// at once but for <see cref="FlushAsync"/>.
/// </summary>
/// <remarks>Changes take effect at once for <see cref="Load"/> and may reach the medium later. A lost cursor only means that events come again, a lost removal that a message is sent again under its cid and not stored twice; a lost <see cref="AddUnsent"/> loses a message that nobody acknowledged.</remarks>
public interface IClientState
{
    /// <summary>What is kept now. Empty in the beginning.</summary>
    SavedState Load();

    /// <summary>Sets the cursor of a room, whatever it was.</summary>
    void SetCursor(string room, Cursor cursor);

    /// <summary>Forgets the cursor of a room. Does nothing if there is none.</summary>
    void RemoveCursor(string room);

    /// <summary>Adds a message at the end. Does nothing if its cid is there.</summary>
    void AddUnsent(UnsentMessage message);

    /// <summary>Removes a message. Does nothing if there is none of this cid.</summary>
    void RemoveUnsent(string cid);

    /// <summary>Returns once every change made before the call is on the medium.</summary>
    /// <exception cref="IOException">It could not be written; the changes are still held, and the next flush tries again.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken = default);
}
