using System.Collections.Concurrent;
using System.Text;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>All rooms, by the protocol's id.</summary>
internal sealed class RoomDirectory(IEventStore store, DeliveryLoops loops, EventWriter writer, RoomOptions options, ConnectionRegistry connections, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Room> _rooms = new(StringComparer.Ordinal);

    /// <summary>Reads the rooms and their members from the store. Once, at start.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.ReadRoomsAsync(cancellationToken))
        {
            var members = new Membership(await store.ReadMembersAsync(row.Id, cancellationToken));
            _rooms[row.Name] = new Room(row, members, loops, connections.MemberLeft);
        }
    }

    /// <summary>The room of an id, or null.</summary>
    public Room? Find(string name) => _rooms.GetValueOrDefault(name);

    /// <summary>The same for an id in UTF-8.</summary>
    public Room? Find(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[Names.MaxRoomLength];
        return name.Length <= text.Length && Encoding.UTF8.TryGetChars(name, text, out var length)
            && _rooms.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out var room)
                ? room
                : null;
    }

    /// <summary>Every room, in order of id.</summary>
    public IReadOnlyList<Room> All => [.. _rooms.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>The rooms that a user is a member of, in order of id.</summary>
    public IReadOnlyList<Room> Of(UserRow user) =>
        [.. _rooms.Values.Where(r => r.Members.Contains(user.Id)).OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>Creates a public room, with its creator as member.</summary>
    /// <returns>The room, or null if the id is taken.</returns>
    /// <exception cref="StoreException"><see cref="ErrorCode.Quota"/>: there are too many rooms.</exception>
    public async Task<Room?> CreateAsync(string name, string title, UserRow by, CancellationToken cancellationToken)
    {
        if (_rooms.Count >= options.MaxRooms)
        {
            throw new StoreException(ErrorCode.Quota, "This server has as many rooms as it may have; ask its owner to raise Rooms:MaxRooms.");
        }

        var pending = new PendingRoom
        {
            Name = name,
            Title = title,
            UserId = by.Id,
            By = by,
            Ts = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Directory = this,
        };
        await writer.AddAsync(pending, cancellationToken);
        return await pending.Result;
    }

    /// <summary>Makes a created room known. By the event writer.</summary>
    internal Room Add(RoomRow row, UserRow creator) => _rooms[row.Name] = new Room(row, new Membership([creator]), loops, connections.MemberLeft);
}
