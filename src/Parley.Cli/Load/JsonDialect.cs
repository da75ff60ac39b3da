using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parley.Cli.Load.Wire;
using Parley.Protocol;
using Parley.Protocol.Requests;

namespace Parley.Cli.Load;

/// <summary>Parley's JSON dialect: every event's number is checked, and every send must be answered.</summary>
internal sealed class JsonDialect : ILoadDialect
{
    private const int HelloId = 1, CreateId = 2, JoinId = 3, FollowId = 4;

    // The digits after it are the message's number, and JSON numbers must not begin with 0.
    private const long SendId = 100_000_000;

    private readonly LoadOptions _options;
    private readonly LoadPlan _plan;
    private readonly LoadTally _tally;
    private readonly string _run;
    private readonly byte[] _event;
    private readonly byte[] _request;

    /// <param name="run">Begins every idempotency key; another one each run, or the server would know the messages.</param>
    public JsonDialect(LoadOptions options, LoadPlan plan, LoadTally tally, string run)
    {
        (_options, _plan, _tally, _run) = (options, plan, tally, run);
        _event = Encoding.ASCII.GetBytes($$"""{"t":"ev","room":"{{options.Room}}","seq":""");
        _request = UpgradeRequest.Make(options.Url, options.Url.PathAndQuery, Subprotocol.Json, null);
    }

    private static ReadOnlySpan<byte> Text => "\"text\":\""u8;

    public byte[] Request(LoadClient client) => _request;

    public byte[] Greeting(LoadClient client)
    {
        client.NextSeq = 0;
        List<ClientMessage> requests =
        [
            new Hello
            {
                Id = HelloId,
                V = 1,
                Client = "parley-load",
                Token = _options.Token,
                Guest = _options.Token is null ? new GuestName { Name = $"{_options.NamePrefix}-{client.Index}" } : null,
            },
        ];
        if (_options.Room != Names.Lobby)
        {
            // The first one to come finds the room missing; everybody else is told that it is there.
            requests.Add(new CreateRoom { Id = CreateId, Room = _options.Room });
            requests.Add(new JoinRoom { Id = JoinId, Room = _options.Room });
        }

        requests.Add(new Subscribe { Id = FollowId, Room = _options.Room });
        var frames = new ArrayBufferWriter<byte>();
        foreach (var request in requests)
        {
            frames.Write(ClientFrame.Make(ClientFrame.Text, JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Strict.ClientMessage)));
        }

        return frames.WrittenSpan.ToArray();
    }

    public MessageFrame Message(LoadClient client)
    {
        var stamp = new byte[Stamp.Length];
        Stamp.WriteBlank(stamp, client.Voice);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"t":"send","id":1########,"room":"{{_options.Room}}","cid":"{{_run}}-{{client.Voice:D4}}-########","text":" """).TrimEnd();
        var text = head + Encoding.ASCII.GetString(stamp) + new string('x', _options.Payload - Stamp.Length) + "\"}";
        return new MessageFrame(Encoding.ASCII.GetBytes(text), head.Length, _plan.MaskOf(client.Voice));
    }

    public string? Receive(LoadClient client, ReadOnlySpan<byte> payload, long now)
    {
        while (!payload.IsEmpty)
        {
            var end = payload.IndexOf((byte)'\n');
            var one = end < 0 ? payload : payload[..end];
            payload = end < 0 ? default : payload[(end + 1)..];
            if (one.StartsWith(_event))
            {
                TakeEvent(client, one[_event.Length..], now);
            }
            else if (!one.IsEmpty && TakeAnswer(client, one, now) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    // The field order of the server's encoder. A server that writes another one gets here by TakeAnswer, only slower.
    private void TakeEvent(LoadClient client, ReadOnlySpan<byte> rest, long now)
    {
        long seq = 0;
        var digits = 0;
        while (digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'9' and var digit)
        {
            seq = (seq * 10) + (digit - '0');
            digits++;
        }

        TakeSeq(client, seq);

        // A quote inside a string is escaped, so this cannot be found in what a user wrote.
        var text = rest[digits..].IndexOf(Text);
        if (text >= 0)
        {
            TakeText(client, rest[(digits + text + Text.Length)..], now);
        }
    }

    private void TakeSeq(LoadClient client, long seq)
    {
        if (client.NextSeq != 0)
        {
            if (seq != client.NextSeq)
            {
                _tally.SeqOutOfLine(seq, client.NextSeq);
            }

            client.NextSeq = Math.Max(client.NextSeq, seq + 1);
        }
    }

    private void TakeText(LoadClient client, ReadOnlySpan<byte> text, long now)
    {
        if (Stamp.TryRead(text, out var stamp) && _tally.Deliver(client, stamp, now))
        {
            client.Got++;
        }
    }

    private string? TakeAnswer(LoadClient client, ReadOnlySpan<byte> json, long now)
    {
        try
        {
            var answer = JsonAnswer.Read(json);
            switch (answer.Kind)
            {
                case "ev" when answer.Room == _options.Room:
                    TakeSeq(client, answer.Seq);
                    TakeText(client, answer.Text, now);
                    return null;
                case "ok" when answer.Re == FollowId:
                    client.NextSeq = answer.Head + 1;
                    return null;
                case "ok" when answer.Re > SendId:
                    TakeAck(client, answer.Re, now);
                    return null;
                case "synced" when answer.Room == _options.Room:
                    client.State = LoadState.Ready;
                    return null;
                case "err":
                    return TakeRefusal(client, answer);
                case "bye":
                    return $"the server said goodbye: {answer.Reason}";
                default:
                    return null;
            }
        }
        catch (JsonException)
        {
            return "the server sent something that is not JSON";
        }
    }

    private void TakeAck(LoadClient client, long re, long now)
    {
        if (client.Unanswered.Remove(re - SendId, out var sentAt))
        {
            _tally.Ack(sentAt, now);
        }
        else
        {
            _tally.StrayAck();
        }
    }

    private string? TakeRefusal(LoadClient client, in JsonAnswer answer)
    {
        if (answer.Re > SendId)
        {
            if (client.Unanswered.Remove(answer.Re - SendId))
            {
                _tally.Refuse(client.Index, client.Voice, $"{answer.Code}: {answer.Reason}");
            }
            else
            {
                _tally.StrayAck();
            }

            return null;
        }

        return answer.Re == CreateId ? null : $"the server refused: {answer.Code}: {answer.Reason}";
    }
}
