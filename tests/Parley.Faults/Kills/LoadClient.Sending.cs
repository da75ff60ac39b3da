using System.Text;
using System.Text.Json;
using Parley.Faults.History;
using Parley.Testing;

namespace Parley.Faults.Kills;

/// <content>What it sends, and again until somebody answers.</content>
internal sealed partial class LoadClient
{
    private const int OutboxLength = 200;

    private static readonly string[] Letters = ["a", "b", " ", "\n", "\t", "\"", "\\", "é", "ż", "世", "🐢", "\u2028", "\u0001", "</script>"];

    private static readonly TimeSpan RefusalPause = TimeSpan.FromMilliseconds(100); // The protocol's retry_ms is for those with more time.

    private readonly List<Outgoing> _outbox = [];
    private readonly List<Outgoing> _refused = []; // Part of the outbox.
    private long _refusedAt;
    private int _written;
    private bool _givesUp;

    /// <summary>Messages written so far.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <summary>Whether a message of this client's was not answered yet, on a connection or because there is none.</summary>
    public async Task<bool> HasUnackedAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _outbox.Count > 0;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Writes messages, at once or when there is a connection. Nothing while too many wait: the outbox is bounded.</summary>
    public async Task WriteAsync(int count)
    {
        await _gate.WaitAsync();
        try
        {
            await WriteInOrderAsync(count);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Writes messages and will not ask what became of them if the connection breaks, as one who closes the window.</summary>
    public async Task WriteAndGiveUpAsync(int count)
    {
        await _gate.WaitAsync();
        try
        {
            if (_wire is not null)
            {
                await WriteInOrderAsync(count);
                _givesUp = true;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task WriteInOrderAsync(int count)
    {
        await SendRefusedAgainAsync();
        for (var i = 0; i < count && _outbox.Count < OutboxLength; i++)
        {
            var number = ++_written;
            var message = new Outgoing($"{_me.User}-{number}", _rooms.Keys.ElementAt(_dice.Next(_rooms.Count)), NextText(number));
            _outbox.Add(message);
            if (_wire is { } wire)
            {
                await TryTransmitAsync(wire, message);
            }
        }
    }

    private async Task TryTransmitAsync(WireClient wire, Outgoing message)
    {
        try
        {
            await TransmitAsync(wire, message);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The connection is gone; the reader sees it too. The message waits in the outbox.
        }
    }

    private Task TransmitAsync(WireClient wire, Outgoing message)
    {
        _history.Add(new Sent(_me, message.Room, message.Cid, message.Text));
        var fields = $"\"t\":\"send\",\"room\":\"{message.Room}\",\"cid\":\"{message.Cid}\",\"text\":{JsonSerializer.Serialize(message.Text)}";
        return RequestAsync(wire, fields, answer =>
        {
            if (TakesRefusals && IsTemporary(answer))
            {
                _history.Add(new Refused(_me, message.Room, message.Cid));
                _refused.Add(message);
                _refusedAt = TimeProvider.System.GetTimestamp();
                return Task.CompletedTask;
            }

            _outbox.Remove(message);
            if (IsOk(answer, "send"))
            {
                _history.Add(JsonEntries.Acked(_me, message.Room, message.Cid, answer));
                _firstAck.Note(_connectedAt);
            }
            else
            {
                _history.Add(new Refused(_me, message.Room, message.Cid));
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>Sends again what was refused for the time being, once everything has been answered: so that the order is kept.</summary>
    private async Task SendRefusedAgainAsync()
    {
        if (_wire is not { } wire || _refused.Count == 0 || _pending.Count > 0
            || TimeProvider.System.GetElapsedTime(_refusedAt) < RefusalPause)
        {
            return;
        }

        Outgoing[] again = [.. _outbox];
        _refused.Clear();
        foreach (var message in again)
        {
            await TryTransmitAsync(wire, message);
        }
    }

    private static bool IsTemporary(JsonElement answer) => answer.TryGetProperty("temp", out var temp) && temp.GetBoolean();

    private string NextText(int number)
    {
        var text = new StringBuilder().Append(number).Append(' ');
        for (var length = _dice.Next(120); length > 0; length--)
        {
            text.Append(Letters[_dice.Next(Letters.Length)]);
        }

        return text.ToString();
    }

    /// <summary>A message until it is acked.</summary>
    private sealed record Outgoing(string Cid, string Room, string Text);
}
