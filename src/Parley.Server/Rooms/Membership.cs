using Parley.Server.Storage;

namespace Parley.Server.Rooms;

/// <summary>The members of one room, in memory. Changed by the event writer only, read by anyone.</summary>
internal sealed class Membership
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, string> _names;

    public Membership(IEnumerable<UserRow> members) => _names = members.ToDictionary(m => m.Id, m => m.Name);

    /// <summary>Number of members.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _names.Count;
            }
        }
    }

    public bool Contains(long userId)
    {
        lock (_gate)
        {
            return _names.ContainsKey(userId);
        }
    }

    public void Add(UserRow user)
    {
        lock (_gate)
        {
            _names[user.Id] = user.Name;
        }
    }

    public void Remove(long userId)
    {
        lock (_gate)
        {
            _names.Remove(userId);
        }
    }

    /// <summary>One page of members in order of name.</summary>
    public IReadOnlyList<KeyValuePair<long, string>> Page(int page, int size)
    {
        lock (_gate)
        {
            return [.. _names.OrderBy(m => m.Value, StringComparer.OrdinalIgnoreCase).Skip(page * size).Take(size)];
        }
    }
}
