namespace Parley.Protocol.Requests;

/// <summary>The first message of a JSON connection, due within 10 s; answered by <c>welcome</c>, then replays.</summary>
public sealed record Hello : ClientMessage
{
    /// <summary>Protocol version: 1. Another closes with 4426.</summary>
    public required int V { get; init; }

    /// <summary>Name and version of the client program, for logs; at most 64 characters are kept.</summary>
    public string? Client { get; init; }

    /// <summary>A bearer token. Without it <see cref="Guest"/> decides.</summary>
    public string? Token { get; init; }

    /// <summary>Enter as a guest.</summary>
    public GuestName? Guest { get; init; }

    /// <summary>Optional capabilities the client understands. None are defined yet.</summary>
    public IReadOnlyList<string>? Caps { get; init; }

    /// <summary>The epoch that <see cref="Cursors"/> belong to.</summary>
    public string? Epoch { get; init; }

    /// <summary>Rooms to resume: room id to the seq of the last event held.</summary>
    public IReadOnlyDictionary<string, long>? Cursors { get; init; }
}

/// <summary>A guest's wish for a name.</summary>
public sealed record GuestName
{
    /// <summary>See <see cref="Names.IsUser"/>. Absent: the server picks <c>guest-xxxx</c>, good for this connection.</summary>
    public string? Name { get; init; }
}
