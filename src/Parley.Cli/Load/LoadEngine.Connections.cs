using System.Net;
using System.Net.Sockets;
using Parley.Cli.Load.Readiness;
using Parley.Cli.Load.Wire;

namespace Parley.Cli.Load;

/// <content>Connecting, reading and writing.</content>
internal sealed partial class LoadEngine
{
    private const int ConnectsAtOnce = 128;
    private const int SmallReceiveBuffer = 4_096, LargeReceiveBuffer = 1 << 20;
    private const int Sources = 8;

    // A frame that is not whole yet goes before what is read next, so the largest frame must fit twice.
    private readonly byte[] _buffer = new byte[2 * FrameScanner.MaxPayload];
    private readonly int _regulars;
    private int _underWay;
    private long _connectedAt;

    private static ReadOnlySpan<byte> NormalClosure => [0x03, 0xE8];

    private static TimeSpan ConnectPatience => TimeSpan.FromSeconds(15);

    private bool ConnectAll()
    {
        var next = 0;
        var progress = (Connected: 0, At: _clock.Now);
        while (_failure is null && !IsStopping && _connected < _regulars)
        {
            // The first goes alone: if the server cannot be had, it is said once, and a room is made once.
            for (var limit = _connected == 0 ? 1 : ConnectsAtOnce; next < _regulars && _underWay < limit; next++)
            {
                Open(_clients[next]);
            }

            Turn(MonotonicClock.Second / 50);
            var now = _clock.Now;
            if (_connected > progress.Connected)
            {
                progress = (_connected, now);
            }
            else if (now - progress.At > MonotonicClock.Span(ConnectPatience))
            {
                _failure = $"no answer for {ConnectPatience.TotalSeconds:0} s";
            }
        }

        _connectedAt = _clock.Now;
        return _failure is null && !IsStopping;
    }

    private void Open(LoadClient client)
    {
        var socket = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        client.Socket = socket;
        client.State = LoadState.Connecting;
        (client.KeptLength, client.Unsent, client.Got) = (0, [], 0);
        _underWay++;
        try
        {
            if (client.Role == LoadRole.Stalled)
            {
                socket.ReceiveBufferSize = SmallReceiveBuffer;
                SocketTuning.LimitSegment(socket);
            }

            if (SocketTuning.CanSpreadSources && _server.Address.Equals(IPAddress.Loopback))
            {
                // One address has 28,000 ports; and nobody's limit per address should be what is measured.
                SocketTuning.ChoosePortLate(socket);
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (client.Index % Sources))]), 0));
            }

            socket.Connect(_server);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // The usual case.
        }
        catch (SocketException e)
        {
            Lose(client, $"cannot connect: {e.Message}");
            return;
        }

        _readiness.Add(socket, client.Index, write: true);
    }

    private void Serve(Ready ready)
    {
        var client = _clients[ready.Client];
        if (client.State == LoadState.Connecting)
        {
            FinishConnect(client);
            return;
        }

        if (ready.CanWrite && client.State != LoadState.Closed)
        {
            Flush(client);
        }

        if (ready.CanRead && client.State != LoadState.Closed)
        {
            Read(client, ready.Ended);
        }
    }

    private void FinishConnect(LoadClient client)
    {
        var socket = client.Socket!; // Not null: it is connecting.
        if ((int)(socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) ?? 0) is not 0 and var error)
        {
            Lose(client, $"cannot connect: {SocketTuning.Describe(error)}");
            return;
        }

        client.State = LoadState.Upgrading;
        _readiness.Change(socket, client.Index, write: false);
        Write(client, _dialect.Request(client));
    }

    // Hot path: everything that is there, in as few calls as possible.
    private void Read(LoadClient client, bool toTheEnd)
    {
        int read;
        int room;
        do
        {
            var kept = client.KeptLength;
            client.Kept.AsSpan(0, kept).CopyTo(_buffer);
            room = _buffer.Length - kept;
            read = client.Socket!.Receive(_buffer.AsSpan(kept), SocketFlags.None, out var error); // Not null: it is open.
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            if (error != SocketError.Success || read == 0)
            {
                Lose(client, error is SocketError.Success ? "the server ended the connection" : $"the connection broke ({error})");
                return;
            }

            var bytes = _buffer.AsSpan(0, kept + read);
            var used = Take(client, bytes, _clock.Now);
            Keep(client, bytes[used..]);
        }
        while (client.State != LoadState.Closed && (toTheEnd || read == room));
    }

    private static void Keep(LoadClient client, ReadOnlySpan<byte> rest)
    {
        client.KeptLength = rest.Length;
        if (rest.Length > client.Kept.Length)
        {
            client.Kept = new byte[rest.Length + 256];
        }

        rest.CopyTo(client.Kept);
    }

    private int Take(LoadClient client, ReadOnlySpan<byte> bytes, long now)
    {
        var used = 0;
        if (client.State == LoadState.Upgrading)
        {
            if (!UpgradeRequest.TryAnswer(bytes, out used, out var refusal))
            {
                return 0;
            }

            if (refusal is not null)
            {
                Lose(client, refusal);
                return bytes.Length;
            }

            client.State = LoadState.Entering;
            Write(client, _dialect.Greeting(client));
            NoteArrival(client, LoadState.Upgrading);
        }

        var before = client.State;
        var scanner = new FrameScanner(bytes[used..]);
        while (client.State != LoadState.Closed)
        {
            var result = scanner.Next();
            if (result == ScanResult.Incomplete)
            {
                break;
            }

            if (result == ScanResult.Unusable)
            {
                Lose(client, "the server sent a masked, fragmented, compressed or oversized frame");
                break;
            }

            TakeFrame(client, scanner.Opcode, scanner.Payload, now);
        }

        NoteArrival(client, before);
        return client.State == LoadState.Closed ? bytes.Length : used + scanner.Consumed;
    }

    private void TakeFrame(LoadClient client, int opcode, ReadOnlySpan<byte> payload, long now)
    {
        switch (opcode)
        {
            case ClientFrame.Text or ClientFrame.Binary:
                if (_dialect.Receive(client, payload, now) is { } failure)
                {
                    Lose(client, failure);
                }

                break;
            case ClientFrame.Ping:
                Write(client, ClientFrame.Make(ClientFrame.Pong, payload));
                break;
            case ClientFrame.Close:
                Lose(client, CloseReason.Describe(payload));
                break;
            default:
                break;
        }
    }

    private void NoteArrival(LoadClient client, LoadState before)
    {
        if (before != LoadState.Ready && client.State == LoadState.Ready)
        {
            _underWay--;
            _connected++;
        }
    }

    private void Write(LoadClient client, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || client.Socket is not { } socket || client.State == LoadState.Closed)
        {
            return;
        }

        if (client.Unsent.Length == 0)
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            if (error is not SocketError.Success and not SocketError.WouldBlock)
            {
                Lose(client, $"the connection broke ({error})");
                return;
            }

            bytes = bytes[(error == SocketError.Success ? sent : 0)..];
            if (bytes.IsEmpty)
            {
                return;
            }

            _readiness.Change(socket, client.Index, write: true);
        }

        client.Unsent = [.. client.Unsent, .. bytes];
    }

    private void Flush(LoadClient client)
    {
        var (rest, socket) = (client.Unsent, client.Socket!); // Not null: it is open.
        client.Unsent = [];
        if (rest.Length == 0)
        {
            _readiness.Change(socket, client.Index, write: false);
        }
        else
        {
            Write(client, rest);
            if (client.State != LoadState.Closed && client.Unsent.Length == 0)
            {
                _readiness.Change(socket, client.Index, write: false);
            }
        }
    }

    // The connection ended without us.
    private void Lose(LoadClient client, string reason)
    {
        var wasReady = client.State == LoadState.Ready;
        Part(client, goodbye: false);
        if (client.Role == LoadRole.Churn)
        {
            _churnFailures++;
        }
        else
        {
            _closed++;
            if (!wasReady)
            {
                _failure ??= reason;
            }
        }

        _closeReasons.Add(reason);
    }

    private void Part(LoadClient client, bool goodbye)
    {
        if (client.State == LoadState.Closed)
        {
            return;
        }

        if (client.State == LoadState.Ready)
        {
            _connected--;
        }
        else
        {
            _underWay--;
        }

        if (goodbye && client.State == LoadState.Ready && client.Unsent.Length == 0)
        {
            // Nobody waits for the answer; a broken connection is as good.
            _ = client.Socket!.Send(ClientFrame.Make(ClientFrame.Close, NormalClosure), SocketFlags.None, out _); // Not null: it is open.
        }

        client.State = LoadState.Closed;
        _readiness.Remove(client.Socket!, client.Index); // Not null: it was open.
        client.Socket!.Dispose();
        if (client.IsReading)
        {
            client.IsReading = false;
            _tally.Leave(client.Index, client.Got);
        }
    }
}
