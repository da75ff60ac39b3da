using System.Globalization;

namespace Parley.Faults.Models;

/// <content>What each deed does, and the words with which a client asks for it.</content>
internal sealed partial class ChatModel
{
    private static readonly string[] Texts = ["hi", "żółw", "two\nlines"];
    private static readonly string[] Nicks = ["bob", "cyd", "dan"];

    /// <summary>Does a step in the model.</summary>
    /// <returns>What the client says to the server; null when it says nothing, because its dialect lacks the deed.</returns>
    public string? Do(Step step)
    {
        var client = _clients[step.Client];
        var name = step.Room < RoomNames.Count ? RoomNames[step.Room] : "nowhere";
        return client.IsLine ? DoLine(client, step, name) : DoJson(client, step, name);
    }

    private string? DoJson(ModelClient client, Step step, string name)
    {
        var room = _rooms.GetValueOrDefault(name);
        var t = step.Deed switch
        {
            Deed.Send => "send",
            Deed.Join => "join",
            Deed.Part => "part",
            Deed.Create when name != "nowhere" => "create",
            Deed.Subscribe => "sub",
            Deed.Unsubscribe => "unsub",
            Deed.History => "hist",
            Deed.Who => "who",
            _ => null,
        };
        if (t is null)
        {
            return null;
        }

        var more = Fields(step);
        if (t == "create")
        {
            client.Answer(room is null && Create(name, client.User) is { } created ? $"ok seq={created.Log.Count}" : "err conflict");
        }
        else if (room is null && t != "unsub")
        {
            client.Answer("err not_found");
        }
        else if (t is "send" or "sub" or "hist" or "who"
            && !room!.Members.Contains(client.User) // Not null: only unsub goes without.
            && !(t == "send" && _cids.ContainsKey((client.User, $"c{step.Number}")))) // A repeat is answered also after leaving.
        {
            client.Answer("err not_member");
        }
        else
        {
            DoJson(client, step, room);
        }

        return $$"""{"t":"{{t}}","id":1,"room":"{{name}}"{{more}}}""";
    }

    private void DoJson(ModelClient client, Step step, RoomLog? room)
    {
        switch (step.Deed)
        {
            case Deed.Send:
                Send(client, room!, step); // Not null, as below: looked up before.
                break;
            case Deed.Join:
                client.Answer($"ok seq={Join(client.User, room!)}");
                break;
            case Deed.Part:
                var seq = Part(client.User, room!, client);
                client.Subscriptions.Remove(room!.Name);
                client.Answer($"ok seq={seq}");
                break;
            case Deed.Subscribe:
                client.Subscriptions.Remove(room!.Name);
                client.Answer($"ok head={room.Log.Count} floor=1");
                Replay(client, room, step.Text == 0 ? null : step.Number, step.Text == 2 && step.Number % 3 == 0 ? "x" : null);
                break;
            case Deed.Unsubscribe:
                client.Answer("ok");
                client.Subscriptions.Remove(room?.Name ?? "");
                break;
            case Deed.History:
                client.Answer(History(room!, step));
                break;
            default:
                client.Answer(Who(room!));
                break;
        }
    }

    private static string Fields(Step step) => step.Deed switch
    {
        Deed.Send => $",\"cid\":\"c{step.Number}\",\"text\":\"{Texts[step.Text].Replace("\n", "\\n", StringComparison.Ordinal)}\"",
        Deed.Subscribe when step.Text == 0 => "",
        Deed.Subscribe => $",\"after\":{step.Number}" + (step.Text == 2 && step.Number % 3 == 0 ? ",\"epoch\":\"x\"" : ""),
        Deed.History => $",\"{Place(step)}\":{step.Number},\"limit\":{1 + (step.Number % 4)}",
        _ => "",
    };

    private static string Place(Step step) => step.Text switch
    {
        0 => "before",
        1 => "after",
        _ => "around",
    };

    private void Send(ModelClient client, RoomLog room, Step step)
    {
        var (cid, text) = ($"c{step.Number}", Texts[step.Text]);
        if (!_cids.TryGetValue((client.User, cid), out var first))
        {
            var entry = Publish(room, client.User, "msg", cid, text, null);
            _cids.Add((client.User, cid), (room, entry));
            client.Answer($"ok seq={entry.Seq}");
        }
        else
        {
            client.Answer(first.Room == room && first.Entry.Text == text ? $"ok seq={first.Entry.Seq} dup" : "err conflict");
        }
    }

    private static string History(RoomLog room, Step step)
    {
        var (at, limit) = (step.Number, 1 + (step.Number % 4));
        var older = room.Log.Where(e => e.Seq < at);
        List<Entry> page = step.Text switch
        {
            0 => [.. older.TakeLast(limit)],
            1 => [.. room.Log.Where(e => e.Seq > at).Take(limit)],
            _ => [.. older.TakeLast(limit / 2)],
        };
        if (step.Text == 2)
        {
            page.AddRange(room.Log.Where(e => e.Seq >= at).Take(limit - page.Count).ToList());
        }

        var more = page.Count > 0 && (step.Text == 1 ? page[^1].Seq < room.Log.Count : page[0].Seq > 1);
        var covers = page.Count == 0 ? "" : $" covers={page[0].Seq}-{page[^1].Seq}";
        return $"ok floor=1 msgs=[{string.Join('|', page.Select(e => $"{e.Seq} {e.By} {e.Kind} {e.Cid} {e.Text}"))}]{covers} asof={room.Log.Count} more={more}";
    }

    private string Who(RoomLog room)
    {
        var users = room.Members.Order(StringComparer.OrdinalIgnoreCase).Select(u => u + (_clients.Any(c => c.IsHere && c.User == u) ? "+" : "-"));
        return $"ok more=False users=[{string.Join(' ', users)}] count={room.Members.Count}";
    }

    private string? DoLine(ModelClient client, Step step, string name)
    {
        switch (step.Deed)
        {
            case Deed.Say:
                Say(client, Texts[step.Text]);
                return Texts[step.Text];
            case Deed.Act:
                Say(client, $"/me {Texts[step.Text]}");
                return $"/me {Texts[step.Text]}";
            case Deed.Join:
                Enter(client, name);
                client.Answer($"* you are in {name}");
                return $"/join {name}";
            case Deed.Who when _rooms.GetValueOrDefault(client.Room ?? "") is { } room:
                client.Answer(room.Members.Count == 0
                    ? $"* {room.Name} has no members, only visitors"
                    : $"* {room.Name}: {string.Join(", ", room.Members.Order(StringComparer.OrdinalIgnoreCase))}");
                return "/who";
            case Deed.Last when _rooms.GetValueOrDefault(client.Room ?? "") is { } room:
                room.Log.TakeLast(1 + step.Number).ToList().ForEach(e => client.Answer(e.Line));
                return string.Create(CultureInfo.InvariantCulture, $"/last {1 + step.Number}");
            case Deed.Nick:
                Rename(client, Nicks[step.Text]);
                return $"/nick {Nicks[step.Text]}";
            default:
                return null;
        }
    }

    private void Say(ModelClient client, string text)
    {
        if (_rooms.GetValueOrDefault(client.Room ?? "") is not { } room)
        {
            client.Answer("* you are in no room; /join one");
        }
        else if (!room.Members.Contains(client.User))
        {
            client.Answer("* not sent: Join the room first.");
        }
        else
        {
            Publish(room, client.User, "msg", null, text, client.IsFollowing ? client : null);
        }
    }

    /// <summary>A line client goes to a room, which is made if there is none; it sees what comes after its own entering.</summary>
    private void Enter(ModelClient client, string name)
    {
        var room = _rooms.GetValueOrDefault(name) ?? Create(name, client.User);
        if (client.Room == name && client.IsFollowing)
        {
            Join(client.User, room);
            return;
        }

        Join(client.User, room);
        (client.Room, client.IsFollowing) = (name, true);
    }

    private void Rename(ModelClient client, string name)
    {
        var user = Ensure(name);
        if (user != client.User)
        {
            var room = client.Room;
            (client.Room, client.IsFollowing) = (null, false);
            if (room is not null)
            {
                Part(client.User, _rooms[room], null);
            }

            client.User = user;
            Enter(client, room ?? "lobby");
        }

        client.Answer($"* you are {user}");
    }
}
