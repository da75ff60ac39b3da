using System.Text.Json;
using Parley.Faults.History;
using Parley.Testing;

namespace Parley.Faults.Kills;

/// <content>What comes from the server, and the rooms it comes from.</content>
internal sealed partial class LoadClient
{
    /// <summary>Leaves one of its rooms, or returns to one that it left. Nothing while something else is under way.</summary>
    public async Task WanderAsync(bool home)
    {
        await _gate.WaitAsync();
        try
        {
            var room = _rooms.Values.ElementAt(_dice.Next(_rooms.Count));
            foreach (var left in _rooms.Values.Where(r => home && !r.Wanted))
            {
                left.Wanted = true;
                await JoinAsync(left);
            }

            if (home || _wire is null || _pending.Count > 0)
            {
                return;
            }

            if (!room.Wanted)
            {
                room.Wanted = true;
                await JoinAsync(room);
            }
            else if (room.Joined && room.Live)
            {
                room.Wanted = false;
                await PartAsync(_wire, room);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The reader sees it too.
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task TakeAsync(WireClient wire, JsonElement message)
    {
        switch (Text(message, "t"))
        {
            case "welcome":
                await WelcomedAsync(wire, message);
                break;
            case "ev":
                TakeEvent(message);
                break;
            case "synced":
                await TakeSyncedAsync(message);
                break;
            case "ok" or "err" when message.TryGetProperty("re", out var re) && _pending.Remove(re.GetInt64(), out var answered):
                await answered(message);
                break;
            case "sig" or "pong":
                break;
            default:
                Complain("got " + message);
                break;
        }
    }

    private async Task WelcomedAsync(WireClient wire, JsonElement welcome)
    {
        var epoch = Text(welcome, "epoch");
        if (_epoch is not null && epoch != _epoch)
        {
            Complain($"the epoch was {_epoch} and is {epoch}");
        }

        _epoch = epoch;
        _wire = wire;
        foreach (var room in _rooms.Values.Where(r => r.Wanted && !r.Joined))
        {
            await JoinAsync(room);
        }

        // What nobody answered goes again, in order, with the same cids, and before anything newer.
        foreach (var message in _outbox)
        {
            await TransmitAsync(wire, message);
        }
    }

    private async Task JoinAsync(FollowedRoom room)
    {
        if (_wire is not { } wire)
        {
            return; // When it is welcomed.
        }

        _history.Add(new Joining(_me, room.Name));
        await RequestAsync(wire, $"\"t\":\"join\",\"room\":\"{room.Name}\"", async answer =>
        {
            if (!IsOk(answer, "join"))
            {
                return;
            }

            room.Joined = true;
            _history.Add(new Joined(_me, room.Name, answer.GetProperty("seq").GetInt64()));
            if (room.Follows)
            {
                BeginFollowing(room);
                await RequestAsync(
                    wire,
                    $"\"t\":\"sub\",\"room\":\"{room.Name}\",\"after\":{room.Cursor},\"epoch\":\"{_epoch}\"",
                    followed => Task.FromResult(IsOk(followed, "sub")));
            }
        });
    }

    private Task PartAsync(WireClient wire, FollowedRoom room) =>
        RequestAsync(wire, $"\"t\":\"part\",\"room\":\"{room.Name}\"", answer =>
        {
            if (IsOk(answer, "part"))
            {
                Forget(room);
                _history.Add(new Left(_me, room.Name, answer.GetProperty("seq").GetInt64()));
            }

            return Task.CompletedTask;
        });

    private void BeginFollowing(FollowedRoom room)
    {
        room.Live = false;
        room.Gap = false;
        _history.Add(new Following(_me, room.Name, room.Cursor));
    }

    private static void Forget(FollowedRoom room)
    {
        room.Joined = false;
        room.Live = false;
    }

    private void TakeEvent(JsonElement message)
    {
        var name = Text(message, "room")!; // Not null: required, as seq, by and k are.
        var seq = message.GetProperty("seq").GetInt64();
        _history.Add(new Received(_me, name, seq, Text(message, "by")!, Text(message, "k")!, Text(message, "cid"), Text(message, "text")));
        if (!_rooms.TryGetValue(name, out var room))
        {
            return; // The checker has something to say about it.
        }

        // In a replay that was cut short, the cursor waits for its end, which says what was left out.
        room.Gap |= !room.Live && seq > room.Cursor + 1;
        if (!room.Gap)
        {
            room.Cursor = Math.Max(room.Cursor, seq);
        }
    }

    private async Task TakeSyncedAsync(JsonElement message)
    {
        var name = Text(message, "room")!; // Not null: required.
        var head = message.GetProperty("head").GetInt64();
        var reset = message.TryGetProperty("reset", out var begin) && begin.GetBoolean() ? Text(message, "reason") ?? "?" : null;
        var (from, to) = message.TryGetProperty("skipped", out var skipped)
            ? (skipped.GetProperty("from").GetInt64(), skipped.GetProperty("to").GetInt64())
            : (0, 0);
        _history.Add(new Synced(_me, name, head, from, to, reset));
        if (!_rooms.TryGetValue(name, out var room))
        {
            return;
        }

        if (reset == "not_found")
        {
            // It was leaving when the connection broke, and did leave.
            Complain(room.Wanted ? $"{name} is not there any more" : null);
            Forget(room);
            room.Wanted = true;
            await JoinAsync(room);
            return;
        }

        room.Cursor = head;
        room.Gap = false;
        room.Live = true;
        if (!room.Wanted && _wire is not null)
        {
            await PartAsync(_wire, room); // It was leaving when the connection broke, and had not left.
        }
    }

    private bool IsOk(JsonElement answer, string request)
    {
        if (Text(answer, "t") == "ok")
        {
            return true;
        }

        Complain($"{request} was refused: {answer}");
        return false;
    }

    private static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) ? value.GetString() : null;
}
