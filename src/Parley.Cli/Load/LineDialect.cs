using System.Text;
using Parley.Cli.Load.Wire;

namespace Parley.Cli.Load;

/// <summary>Payloads as they are: Parley's line dialect, and any server that relays frames.</summary>
internal sealed class LineDialect(LoadOptions options, LoadPlan plan, LoadTally tally) : ILoadDialect
{
    private readonly bool _raw = options.Raw;
    private readonly byte[] _init = options.Init is null ? [] : ClientFrame.Make(ClientFrame.Text, Encoding.UTF8.GetBytes(options.Init));

    // Where the last frame's first stamp stood: the next one's most often stands there too.
    private int _hint;

    private static ReadOnlySpan<byte> Refusal => "* not sent: "u8;

    public byte[] Request(LoadClient client)
    {
        var path = options.Url.PathAndQuery;
        if (!_raw)
        {
            path += $"?room={options.Room}" + (options.NamePrefix is null ? "" : $"&name={options.NamePrefix}-{client.Index}");
        }

        return UpgradeRequest.Make(options.Url, path, options.Subprotocol, options.Token);
    }

    public byte[] Greeting(LoadClient client)
    {
        client.State = LoadState.Ready;
        return _init;
    }

    public MessageFrame Message(LoadClient client)
    {
        var message = new byte[options.Payload];
        Array.Fill(message, (byte)'x');
        Stamp.WriteBlank(message, client.Voice);
        var before = Encoding.UTF8.GetBytes(options.Wrap.Before);
        return new MessageFrame([.. before, .. message, .. Encoding.UTF8.GetBytes(options.Wrap.After)], before.Length, plan.MaskOf(client.Voice));
    }

    public string? Receive(LoadClient client, ReadOnlySpan<byte> payload, long now)
    {
        var searched = 0;
        if (payload.Length > _hint && Stamp.TryRead(payload[_hint..], out var stamp))
        {
            Take(client, stamp, now);
            searched = _hint + Stamp.Length;
            if (payload.Length - searched < options.Payload)
            {
                return null; // No room for another message in the same frame.
            }
        }
        else if (client.Voice >= 0 && !_raw && payload.StartsWith(Refusal))
        {
            tally.Refuse(client.Index, client.Voice, Encoding.UTF8.GetString(payload[Refusal.Length..]));
            return null;
        }

        Search(client, payload, searched, now);
        return null;
    }

    private void Search(LoadClient client, ReadOnlySpan<byte> payload, int at, long now)
    {
        while (payload[at..].IndexOf(Stamp.Mark) is >= 0 and var next)
        {
            at += next;
            if (Stamp.TryRead(payload[at..], out var stamp))
            {
                // Where another message has room before it, looking here first would miss that one.
                _hint = at < options.Payload ? at : _hint;
                Take(client, stamp, now);
                at += Stamp.Length;
            }
            else
            {
                at += Stamp.Mark.Length;
            }
        }
    }

    private void Take(LoadClient client, in Stamp stamp, long now)
    {
        if (tally.Deliver(client, stamp, now))
        {
            client.Got++;
        }
    }
}
