using System.Text.Json;
using Parley.Faults.History;
using Parley.Protocol;

namespace Parley.Faults.Simulation;

/// <content>Belonging to rooms and following them.</content>
internal sealed partial class JsonDevice
{
    /// <summary>Asks for the next thing that is not as wanted; one at a time for each room.</summary>
    private void Settle(FollowedRoom room)
    {
        if (!_welcomed || room.Busy)
        {
            return;
        }

        if (room.Wanted != room.Joined)
        {
            room.Busy = true;
            if (room.Wanted)
            {
                Join(room, room.Name == Names.Lobby ? "join" : "create");
            }
            else
            {
                Part(room);
            }
        }
        else if (room.Joined && room.Follows != room.Following)
        {
            room.Busy = true;
            if (room.Follows)
            {
                Follow(room);
            }
            else
            {
                Unfollow(room);
            }
        }
        else
        {
            FillGap(room);
        }
    }

    private void Join(FollowedRoom room, string request)
    {
        Simulation.History.Add(new Joining(Me, room.Name));
        Request($"\"t\":\"{request}\",\"room\":\"{room.Name}\"", answer =>
        {
            if (IsOk(answer))
            {
                room.Joined = true;
                Simulation.History.Add(new Joined(Me, room.Name, answer.GetProperty("seq").GetInt64()));
                Answered(room);
            }
            else if (request == "create" && Text(answer, "code") == "conflict")
            {
                Join(room, "join");
            }
            else
            {
                Refused(room, request, answer);
            }
        });
    }

    private void Part(FollowedRoom room) => Request($"\"t\":\"part\",\"room\":\"{room.Name}\"", answer =>
    {
        if (IsOk(answer))
        {
            room.Leave();
            Simulation.History.Add(new Left(Me, room.Name, answer.GetProperty("seq").GetInt64()));
            Answered(room);
        }
        else
        {
            Refused(room, "part", answer);
        }
    });

    private void Follow(FollowedRoom room)
    {
        var after = room.Cursor;
        Request($"\"t\":\"sub\",\"room\":\"{room.Name}\",\"after\":{after},\"epoch\":\"{_epoch}\"", answer =>
        {
            if (IsOk(answer))
            {
                Simulation.History.Add(new Following(Me, room.Name, after));
                (room.Following, room.Live, room.Gap, room.Position) = (true, false, false, after);
                Answered(room);
            }
            else if (Text(answer, "code") == "not_member")
            {
                room.Leave(); // By another device.
                Answered(room);
            }
            else
            {
                Refused(room, "sub", answer);
            }
        });
    }

    private void Unfollow(FollowedRoom room) => Request($"\"t\":\"unsub\",\"room\":\"{room.Name}\"", answer =>
    {
        if (IsOk(answer))
        {
            (room.Following, room.Live) = (false, false);
            Simulation.History.Add(new Unfollowed(Me, room.Name));
            Answered(room);
        }
        else
        {
            Refused(room, "unsub", answer);
        }
    });

    private void Answered(FollowedRoom room)
    {
        room.Busy = false;
        Settle(room);
    }

    // Only a failing store, or a lack of tokens, may refuse these; then they are asked again a little later.
    private void Refused(FollowedRoom room, string request, JsonElement answer)
    {
        if (Text(answer, "code") is not ("quota" or "read_only" or "busy" or "internal" or "rate_limited"))
        {
            Complain($"{request} was refused: {answer}");
        }

        Later(() => Answered(room));
    }

    private void Later(Action action)
    {
        var cable = Cable;
        Simulation.Scheduler.After(null, TimeSpan.TicksPerSecond / 2, () =>
        {
            if (Cable == cable && cable is not null)
            {
                action();
            }
        });
    }

    private void TakeEvent(JsonElement message)
    {
        var (name, seq) = (message.GetProperty("room").GetString()!, message.GetProperty("seq").GetInt64()); // Not null: required, as by and k are.
        var (by, kind) = (Text(message, "by")!, Text(message, "k")!);
        Simulation.History.Add(new Received(Me, name, seq, by, kind, Text(message, "cid"), Text(message, "text")));
        if (!_rooms.TryGetValue(name, out var room))
        {
            return; // The checker has something to say about it.
        }

        // In a replay that was cut short, the cursor waits for its end, which says what was left out.
        room.Gap |= !room.Live && seq > room.Position + 1;
        room.Position = seq;
        if (!room.Gap)
        {
            room.Cursor = Math.Max(room.Cursor, seq);
        }

        if (room.Live && kind == EventKind.Part && by == Me.User)
        {
            // Left by another device: nothing more comes.
            room.Leave();
            room.Wanted = _atHome;
            Simulation.History.Add(new Left(Me, name, seq));
            Settle(room);
        }
    }

    private void TakeSynced(JsonElement message)
    {
        var (name, head) = (message.GetProperty("room").GetString()!, message.GetProperty("head").GetInt64()); // Not null: required.
        var reset = message.TryGetProperty("reset", out var begin) && begin.GetBoolean() ? Text(message, "reason") ?? "?" : null;
        var (from, to) = message.TryGetProperty("skipped", out var skipped)
            ? (skipped.GetProperty("from").GetInt64(), skipped.GetProperty("to").GetInt64())
            : (0, 0);
        Simulation.History.Add(new Synced(Me, name, head, from, to, reset));
        if (!_rooms.TryGetValue(name, out var room))
        {
            return;
        }

        if (reset is not null)
        {
            if (reset != "not_found")
            {
                Complain("has to begin again: " + message);
            }

            room.Leave(); // By another device, while this one was away.
            Settle(room);
            return;
        }

        if (to > room.Cursor)
        {
            (room.GapFrom, room.GapTo) = (room.GapTo == 0 ? Math.Max(from, room.Cursor + 1) : room.GapFrom, to);
        }

        (room.Cursor, room.Gap, room.Live) = (Math.Max(room.Cursor, head), false, true);
        Settle(room);
    }
}
