using Parley.Protocol;

namespace Parley.Faults.History;

/// <summary>Who was a member where, at each place of the log.</summary>
internal sealed class Memberships
{
    private readonly Dictionary<(string User, string Room), List<(long Seq, bool In)>> _changes = [];

    public Memberships(IEnumerable<StoredEvent> log)
    {
        foreach (var stored in log.Where(e => e.Kind is EventKind.Join or EventKind.Part).OrderBy(e => e.Seq))
        {
            if (!_changes.TryGetValue((stored.By, stored.Room), out var changes))
            {
                _changes[(stored.By, stored.Room)] = changes = [];
            }

            changes.Add((stored.Seq, stored.Kind == EventKind.Join));
        }
    }

    /// <summary>Whether somebody is a member after the event of this seq.</summary>
    public bool IsMember(string user, string room, long seq) => LastChange(user, room, seq).In;

    /// <summary>Whether somebody may see this event as it happens: its own leaving included.</summary>
    public bool MaySee(string user, string room, long seq)
    {
        var (at, isIn) = LastChange(user, room, seq);
        return isIn || at == seq;
    }

    private (long Seq, bool In) LastChange(string user, string room, long seq) =>
        _changes.GetValueOrDefault((user, room))?.FindLast(c => c.Seq <= seq) ?? default;
}
