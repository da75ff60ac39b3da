using System.Globalization;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;
using Parley.Server.Rooms;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary><c>GET /r/{room}/{seq}</c>: a message with what stands around it, readable without a script.</summary>
internal sealed class MessagePage(RoomAccess access, ChatServices chat)
{
    private const int Shown = 21;

    private readonly PageFile _page = PageFile.Read("message.html");
    private readonly string _absent = PageFile.Read("absent.html").Fill();

    /// <summary>Answers the page; the same 404 for a room or a message that is not there or not for this reader.</summary>
    public async Task GetAsync(HttpContext context, string room, string seq)
    {
        if (await access.FindAsync(context, room) is { } visit
            && SeqText.TryRead(seq, out var number) && number is { } target)
        {
            var request = new History { Room = room, Around = target, Limit = Shown };
            var history = await HistoryPage.ReadAsync(chat.Store, visit.Room, request, context.RequestAborted);
            if (history.Msgs is { } events && events.Any(e => e.Seq == target))
            {
                var root = SitePath.Root(context.Request, 3);
                await PageFile.AnswerAsync(context, StatusCodes.Status200OK, Page(root, visit.Room, events, target));
                return;
            }
        }

        await PageFile.AnswerAsync(context, StatusCodes.Status404NotFound, _absent);
    }

    private string Page(string root, Room room, IReadOnlyList<HistoryItem> events, long target)
    {
        var address = PageFile.Encoder.Encode($"{root}/r/{room.Name}/");
        var list = new StringBuilder();
        foreach (var item in events)
        {
            Append(list, address, item, item.Seq == target);
        }

        var (first, last) = (events[0].Seq, events[^1].Seq);
        return _page.Fill(
            ("root", PageFile.Encoder.Encode(root)),
            ("room", PageFile.Encoder.Encode(room.Name)),
            ("title", PageFile.Encoder.Encode(room.Row.Title)),
            ("seq", Number(target)),
            ("earlier", first > room.Floor ? Link(address, first - 1, "Earlier") : ""),
            ("events", list.ToString()),
            ("later", last < room.Head ? Link(address, last + 1, "Later") : ""));
    }

    private static void Append(StringBuilder list, string address, HistoryItem item, bool here)
    {
        var seq = Number(item.Seq);
        var time = DateTimeOffset.FromUnixTimeMilliseconds(item.Ts);
        var by = PageFile.Encoder.Encode(item.By);
        list.Append(CultureInfo.InvariantCulture, $"<li id=\"{seq}\"{(here ? " class=\"here\" aria-current=\"true\"" : "")}>");
        list.Append(item.K == EventKind.Message
            ? $"<bdi class=\"by\">{by}</bdi>"
            : $"<span class=\"notice\"><bdi>{by}</bdi> {Deed(item.K)}</span>");
        list.Append(CultureInfo.InvariantCulture, $"<a class=\"at\" href=\"{address}{seq}#{seq}\"><time datetime=\"{time:yyyy-MM-ddTHH:mm:ssZ}\">{time:yyyy-MM-dd HH:mm} UTC</time></a>");
        if (item.K == EventKind.Message)
        {
            list.Append("<div class=\"text\" dir=\"auto\">").Append(PageFile.Encoder.Encode(item.Text ?? "")).Append("</div>");
        }

        list.Append("</li>\n");
    }

    private static string Deed(string kind) => kind switch
    {
        EventKind.Join => "joined",
        EventKind.Part => "left",
        EventKind.Room => "set up the room",
        _ => "did something that this page cannot show",
    };

    private static string Link(string address, long seq, string text) =>
        $"<p><a href=\"{address}{Number(seq)}#{Number(seq)}\">{text}</a></p>\n";

    private static string Number(long seq) => seq.ToString(CultureInfo.InvariantCulture);
}
