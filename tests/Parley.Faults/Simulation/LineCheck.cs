using Parley.Faults.History;
using Parley.Protocol;

namespace Parley.Faults.Simulation;

/// <summary>Judges what line clients heard: from some place in their room's log on every event, in order, but for what they said themselves.</summary>
internal static class LineCheck
{
    private static readonly string[] Notices = ["not sent: ", "the server restarts", "The store fails on purpose.", "no answer to a ping", "you are in no room", "The server is stopping", "That was too fast"];

    public static IEnumerable<string> Check(LineStay stay, StoredLog log, bool atRest)
    {
        var expected = log.Events.Where(e => e.Room == stay.Room).OrderBy(e => e.Seq).ToList();
        var lines = stay.Lines.Where(l => !IsNotice(l, stay.Room)).ToList();
        for (var start = 0; start <= expected.Count; start++)
        {
            var heard = expected.Skip(start).Where(e => !IsOwn(e, stay)).Select(Show).Take(lines.Count).ToList();
            var rest = expected.Skip(start).Count(e => !IsOwn(e, stay)) - lines.Count;
            if (heard.SequenceEqual(lines) && (!atRest || stay.IsOver || rest == 0))
            {
                yield break;
            }
        }

        yield return $"{stay.Client} heard what is not in {stay.Room} like this{(stay.IsOver || !atRest ? "" : ", or not all to the end")}:\n  {string.Join("\n  ", stay.Lines.Select(l => Violation.Quote(l)))}";
    }

    private static bool IsNotice(string line, string room) =>
        line.StartsWith("* ", StringComparison.Ordinal)
        && (line.StartsWith($"* {room}: ", StringComparison.Ordinal) || line.StartsWith($"* {room} has no members", StringComparison.Ordinal)
            || Notices.Any(n => line.AsSpan(2).StartsWith(n, StringComparison.Ordinal)));

    private static bool IsOwn(StoredEvent stored, LineStay stay) => stored.Text is not null && stored.Cid is null && stay.Said.Contains(stored.Text);

    private static string Show(StoredEvent stored) => stored.Kind switch
    {
        EventKind.Join => $"* {stored.By} joined",
        EventKind.Part => $"* {stored.By} left",
        EventKind.Room => $"* {stored.By} created the room",
        _ => $"{stored.By}: {stored.Text}",
    };
}
