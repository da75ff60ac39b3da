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
        switch (JsonEntries.Text(message, "t"))
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
        var epoch = JsonEntries.Text(welcome, "epoch");
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
            _history.Add(new Joined(_me, room.Name, JsonEntries.Seq(answer)));
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
                _history.Add(new Left(_me, room.Name, JsonEntries.Seq(answer)));
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
        var received = JsonEntries.Received(_me, message);
        _history.Add(received);
        if (!_rooms.TryGetValue(received.Room, out var room))
        {
            return; // The checker has something to say about it.
        }

        // In a replay that was cut short, the cursor waits for its end, which says what was left out.
        room.Gap |= !room.Live && received.Seq > room.Cursor + 1;
        if (!room.Gap)
        {
            room.Cursor = Math.Max(room.Cursor, received.Seq);
        }
    }

    private async Task TakeSyncedAsync(JsonElement message)
    {
        var synced = JsonEntries.Synced(_me, message);
        _history.Add(synced);
        if (!_rooms.TryGetValue(synced.Room, out var room))
        {
            return;
        }

        if (synced.Reset == "not_found")
        {
            // It was leaving when the connection broke, and did leave.
            Complain(room.Wanted ? $"{synced.Room} is not there any more" : null);
            Forget(room);
            room.Wanted = true;
            await JoinAsync(room);
            return;
        }

        room.Cursor = synced.Head;
        room.Gap = false;
        room.Live = true;
        if (!room.Wanted && _wire is not null)
        {
            await PartAsync(_wire, room); // It was leaving when the connection broke, and had not left.
        }
    }

    private bool IsOk(JsonElement answer, string request)
    {
        if (JsonEntries.Text(answer, "t") == "ok")
        {
            return true;
        }

        Complain($"{request} was refused: {answer}");
        return false;
    }
}
