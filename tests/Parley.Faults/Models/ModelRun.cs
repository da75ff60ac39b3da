using System.Globalization;
using System.Text;
using Parley.Client;
using Parley.Faults.InProcess;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Testing;

namespace Parley.Faults.Models;

/// <summary>Plays one sequence against the server's own objects and against the model, step by step.</summary>
internal sealed class ModelRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ChatModel _model = new();
    private readonly MemoryClient?[] _clients = new MemoryClient?[ChatModel.Clients.Count];
    private readonly int[] _seen = new int[ChatModel.Clients.Count];
    private readonly ChatParts _parts;

    private ModelRun(ChatParts parts) => _parts = parts;

    /// <summary>Plays the sequence.</summary>
    /// <returns>The first difference; null if there is none.</returns>
    public static async Task<string?> PlayAsync(Step[] steps)
    {
        await using var parts = await ChatParts.StartAsync(o =>
        {
            o.Sends.PerSecond = 0;
            o.Rooms.ReplayMax = ChatModel.ReplayMax;
            o.Rooms.ReplayTail = ChatModel.ReplayTail;
        });
        var run = new ModelRun(parts);
        try
        {
            return await run.PlayAllAsync(steps);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.ToString();
        }
        finally
        {
            foreach (var client in run._clients)
            {
                client?.Dispose();
            }
        }
    }

    private async Task<string?> PlayAllAsync(Step[] steps)
    {
        for (var i = 0; i < _clients.Length; i++)
        {
            _model.Begin();
            await ComeAsync(i, "lobby", i % 2 == 0 ? 0 : null);
            if (await CompareAsync() is { } difference)
            {
                return $"coming of {i}: {difference}";
            }
        }

        foreach (var step in steps)
        {
            _model.Begin();
            await DoAsync(step);
            if (step.Deed is Deed.Say or Deed.Act && !await SettleAsync())
            {
                return $"{step}: the rooms' heads are not {string.Join(' ', _model.Heads)}";
            }

            if (await CompareAsync() is { } difference)
            {
                return $"{step}: {difference}";
            }
        }

        return await RestAsync() ?? (_parts.Logged.Count > 0 ? string.Join('\n', _parts.Logged) : null);
    }

    private async Task DoAsync(Step step)
    {
        var client = _clients[step.Client]!; // Not null: all came before the first step.
        if (step.Deed == Deed.Reconnect)
        {
            client.Dispose();
            _model.Go(step.Client);
            await ComeAsync(step.Client, ChatModel.RoomNames[step.Room % ChatModel.RoomNames.Count], step.Text == 0 ? null : step.Number);
        }
        else if (_model.Do(step) is { } said)
        {
            await client.SayAsync(said);
        }
    }

    private async Task ComeAsync(int index, string room, long? after)
    {
        var (isLine, name) = ChatModel.Clients[index];
        _seen[index] = 0;
        if (isLine)
        {
            _clients[index] = await MemoryClient.LineAsync(_parts, name, room);
        }
        else
        {
            var client = _clients[index] = MemoryClient.Json(_parts);
            var cursors = after is null ? "" : string.Create(CultureInfo.InvariantCulture, $",\"cursors\":{{\"{room}\":{after}}}");
            await client.SayAsync($$"""{"t":"hello","v":1,"guest":{"name":"{{name}}"}{{cursors}}}""");
        }

        _model.Come(index, room, after);
    }

    private async Task<string?> CompareAsync()
    {
        for (var i = 0; i < _clients.Length; i++)
        {
            if (_clients[i] is not { } client)
            {
                continue;
            }

            var expected = _model.Expected(i);
            if (!await client.Sink.ArriveAsync(_seen[i] + expected.Count, Patience))
            {
                return Difference(i, expected, [.. client.Sink.Frames[_seen[i]..].Select(f => Show(i, f))]);
            }

            var actual = client.Sink.Frames[_seen[i]..].Select(f => Show(i, f)).ToList();
            _seen[i] += actual.Count;

            // The order holds within each stream; an answer may stand on either side of an event.
            if (!expected.OrderBy(s => s.Stream, StringComparer.Ordinal).SequenceEqual(actual.OrderBy(s => s.Stream, StringComparer.Ordinal)))
            {
                return Difference(i, expected, actual);
            }
        }

        return null;
    }

    /// <summary>Waits until what was said is stored: in the line dialect nobody is told.</summary>
    private async Task<bool> SettleAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!_model.Heads.All(h => _parts.Chat.Rooms.Find(h.Room)?.Head == h.Head))
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                return false;
            }

            await Task.Yield();
        }

        return true;
    }

    /// <summary>Nothing comes any more that nobody asked for.</summary>
    private async Task<string?> RestAsync()
    {
        await _parts.Chat.Writer.StopAsync();
        _model.Begin();
        for (var i = 0; i < _clients.Length; i++)
        {
            var isLine = ChatModel.Clients[i].IsLine;
            await _clients[i]!.SayAsync(isLine ? "/nothing" : """{"t":"ping","ts":7}"""); // Not null: all came.
            await _clients[i]!.Sink.ArriveAsync(_seen[i] + 1, Patience);
            var rest = _clients[i]!.Sink.Frames[_seen[i]..].Select(f => Show(i, f).Text);
            var wanted = isLine ? "* /nothing is no command, or lacks a word; /help lists them" : "pong 7";
            if (!rest.SequenceEqual([wanted]))
            {
                return $"client {i}, at the end, got: {string.Join(" ¦ ", rest)}";
            }
        }

        return null;
    }

    private static string Difference(int client, IReadOnlyList<Shown> expected, List<Shown> actual) =>
        $"client {client}\n  must get: {string.Join(" ¦ ", expected.Select(s => s.Text))}\n  got:      {string.Join(" ¦ ", actual.Select(s => s.Text))}";

    private static Shown Show(int client, WireFrame frame)
    {
        if (frame.Opcode != 1 || ChatModel.Clients[client].IsLine)
        {
            return new Shown("", frame.Opcode == 1 ? frame.Text : $"opcode {frame.Opcode} {frame.CloseCode} {frame.CloseReason}");
        }

        return MessageParser.Parse(frame.Payload) switch
        {
            Event e => new(e.Room, $"ev {e.Room} {e.Seq} {e.By} {e.K} {e.Cid} {e.Text}"),
            Synced s => new(s.Room, $"synced {s.Room} {s.Head}{(s.Reset is true ? $" reset {s.Reason}" : "")}{(s.Skipped is { } gap ? $" skipped {gap.From}-{gap.To}" : "")}"),
            Ok ok => new("", Show(ok)),
            Error error => new("", $"err {error.Code.WireName()}"),
            Welcome w => new("", $"welcome {w.You.Name}{string.Concat(w.Rooms.Select(r => $" {r.Room}:{r.Head}"))}"),
            Pong pong => new("", $"pong {pong.Ts}"),
            _ => new("", frame.Text),
        };
    }

    private static string Show(Ok ok)
    {
        var text = new StringBuilder("ok");
        Add("seq", ok.Seq);
        Add("head", ok.Head);
        Add("floor", ok.Floor);
        Add("msgs", ok.Msgs is null ? null : $"[{string.Join('|', ok.Msgs.Select(m => $"{m.Seq} {m.By} {m.K} {m.Cid} {m.Text}"))}]");
        Add("covers", ok.Covers is null ? null : $"{ok.Covers.From}-{ok.Covers.To}");
        Add("asof", ok.Asof);
        Add("more", ok.More);
        Add("users", ok.Users is null ? null : $"[{string.Join(' ', ok.Users.Select(u => u.Name + (u.Online ? "+" : "-")))}]");
        Add("count", ok.Count);
        return text.Append(ok.Dup is true ? " dup" : "").ToString();

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $" {name}={value}");
            }
        }
    }
}
