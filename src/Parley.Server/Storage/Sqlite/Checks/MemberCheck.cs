using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite.Checks;

/// <summary>The members of a room as its joins and parts leave them, against those that are stored.</summary>
/// <param name="fromTheBeginning">Whether no join can be missing, because nothing was purged.</param>
internal sealed class MemberCheck(bool fromTheBeginning)
{
    private readonly Dictionary<long, Member> _members = [];

    /// <summary>Takes the next event of the log.</summary>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Take(string kind, long user, long ts)
    {
        if (kind is not (EventKind.Join or EventKind.Part))
        {
            return null;
        }

        var joins = kind is EventKind.Join;
        var wasIn = _members.TryGetValue(user, out var before) ? before.IsIn : fromTheBeginning ? false : !joins;
        _members[user] = new Member(joins, ts, IsStored: false);
        return wasIn != joins ? null : joins ? $"user {user} joins twice" : $"user {user} leaves without being a member";
    }

    /// <summary>Takes a stored member.</summary>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Confirm(long user, long joinedTs)
    {
        if (!_members.TryGetValue(user, out var member))
        {
            return fromTheBeginning ? $"user {user} is a member and never joined" : null;
        }

        _members[user] = member with { IsStored = true };
        return !member.IsIn ? $"user {user} is a member and has left"
            : member.Ts != joinedTs ? $"user {user} is a member since {joinedTs} and joined at {member.Ts}"
            : null;
    }

    /// <summary>Those who joined and are not stored as members.</summary>
    public IEnumerable<string> Missing() =>
        _members.Where(m => m.Value is { IsIn: true, IsStored: false }).Select(m => $"user {m.Key} joined and is no member");

    private readonly record struct Member(bool IsIn, long Ts, bool IsStored);
}
