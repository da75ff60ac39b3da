using Parley.Server.Connections;
using Parley.Server.Delivery;

namespace Parley.Faults.Simulation;

/// <summary>The client's end of a cable.</summary>
internal interface ICableEnd
{
    /// <summary>Bytes came; valid until the call returns.</summary>
    void Arrived(ReadOnlySpan<byte> bytes);

    /// <summary>Nothing will come any more: the server has closed, or the line is cut.</summary>
    void Ended();
}

/// <summary>
/// One TCP connection in memory: bytes take time, arrive in any pieces, and back up when the other side does not read.
/// </summary>
internal sealed class Cable(int number, Scheduler scheduler, SimulatedProcess server, ICableEnd client, CableNature nature, Random dice)
{
    private const int ReceiveWindow = 4_096;

    private readonly ByteQueue _up = new(); // Sent by the client, not arrived.
    private readonly ByteQueue _atServer = new(); // Arrived, not read.
    private readonly ByteQueue _down = new(); // Taken by the sink, not arrived.
    private readonly (CancellationToken Token, Action Cancel) _aborted = NewToken();
    private ICableEnd? _client = client;
    private TaskCompletionSource? _reader;
    private TaskCompletionSource? _writer;
    private bool _upMoves;
    private bool _downMoves;
    private bool _clientClosed;
    private bool _endAtServer;
    private bool _serverClosed;
    private bool _stalled;
    private bool _dark;

    public int Number { get; } = number;

    public Scheduler Scheduler => scheduler;

    public CableNature Nature => nature;

    public Random Dice => dice;

    /// <summary>True once nothing passes any more and both sides can know.</summary>
    public bool IsCut { get; private set; }

    /// <summary>True while the client reads nothing.</summary>
    public bool IsStalled => _stalled;

    /// <summary>How long the client has read nothing, in ticks; a black hole counts as for ever. A server may give such a peer up.</summary>
    public long Silence { get; private set; }

    /// <summary>What the server reads.</summary>
    public IByteSource Source => field ??= new CableSource(this);

    /// <summary>Where the server writes.</summary>
    public IFrameSink Sink => field ??= new CableSink(this);

    /// <summary>Cancelled when the line is cut.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Bytes that have arrived and were not read.</summary>
    public ByteQueue AtServer => _atServer;

    /// <summary>True when nothing more will arrive at the server.</summary>
    public bool EndAtServer => _endAtServer;

    /// <summary>True once the server has closed it, or it was cut, whether or not the client knows.</summary>
    public bool IsOver => _serverClosed || IsCut;

    /// <summary>True when nothing is on its way.</summary>
    public bool IsIdle => _up.Count + _atServer.Count + _down.Count == 0;

    /// <summary>Room in the send buffer.</summary>
    public int Room => nature.Window - _down.Count;

    public void SendFromClient(ReadOnlySpan<byte> bytes)
    {
        _up.Add(bytes);
        MoveUp();
    }

    public void CloseFromClient()
    {
        _clientClosed = true;
        MoveUp();
    }

    /// <summary>The client forgets the connection without a word.</summary>
    public void Abandon() => _client = null;

    /// <summary>From now on nothing passes, and nobody is told.</summary>
    public void GoDark()
    {
        _dark = true;
        Silence = long.MaxValue / 2;
    }

    /// <summary>The client reads nothing for a while.</summary>
    public void Stall(long ticks)
    {
        _stalled = true;
        Silence += ticks;
        scheduler.After(null, ticks, () =>
        {
            _stalled = false;
            MoveDown();
        });
    }

    /// <summary>RST in both directions; what is on its way is lost.</summary>
    public void Cut()
    {
        if (IsCut)
        {
            return;
        }

        IsCut = true;
        SimulatedProcess.Do(server, _aborted.Cancel);
        WakeReader();
        WakeWriter();
        if (!_dark)
        {
            scheduler.After(null, Delay(), EndClient);
        }
    }

    /// <summary>The server cuts it.</summary>
    public void Abort()
    {
        scheduler.Note(Happening.Aborted, Number);
        Cut();
    }

    /// <summary>The server has closed it: what it wrote still arrives, unless something was left unread.</summary>
    public void CloseFromServer()
    {
        scheduler.Note(Happening.Closed, Number);
        if (_atServer.Count > 0)
        {
            Cut();
        }
        else
        {
            CloseWrite();
        }
    }

    public void CloseWrite()
    {
        _serverClosed = true;
        MoveDown();
    }

    /// <summary>The sink hands over bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        scheduler.Note(Happening.Taken, Number, bytes.Length);
        _down.Add(bytes);
        MoveDown();
    }

    /// <summary>The source has read: there is room for more.</summary>
    public void MoveUp()
    {
        if (!_upMoves && !_dark && !IsCut && (_up.Count > 0 || _clientClosed) && !_endAtServer && _atServer.Count < ReceiveWindow)
        {
            _upMoves = true;
            scheduler.After(null, Delay(), ArriveUp);
        }
    }

    /// <summary>Completes when bytes, or the end, have arrived.</summary>
    public Task ReadableAsync() => (_reader ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Completes when there is room in the send buffer, or the line is cut.</summary>
    public Task WritableAsync() => (_writer ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void MoveDown()
    {
        if (!_downMoves && !_dark && !IsCut && !_stalled && (_down.Count > 0 || _serverClosed))
        {
            _downMoves = true;
            scheduler.After(null, Delay(), ArriveDown);
        }
    }

    private void ArriveUp()
    {
        _upMoves = false;
        if (IsCut || _dark)
        {
            return;
        }

        if (_up.Count > 0)
        {
            var bytes = _up.Take(Piece(Math.Min(_up.Count, ReceiveWindow - _atServer.Count)));
            scheduler.Note(Happening.ToServer, Number, bytes.Length, bytes);
            _atServer.Add(bytes);
        }

        _endAtServer = _up.Count == 0 && _clientClosed;
        WakeReader();
        MoveUp();
    }

    private void ArriveDown()
    {
        _downMoves = false;
        if (IsCut || _dark || _stalled)
        {
            return;
        }

        if (_down.Count > 0)
        {
            var bytes = _down.Take(Piece(_down.Count));
            scheduler.Note(Happening.ToClient, Number, bytes.Length, bytes);
            WakeWriter();
            _client?.Arrived(bytes);
        }

        if (_down.Count == 0 && _serverClosed)
        {
            EndClient();
        }
        else
        {
            MoveDown();
        }
    }

    private void EndClient()
    {
        var end = _client;
        _client = null;
        end?.Ended();
    }

    private void WakeReader()
    {
        var reader = _reader;
        _reader = null;
        reader?.SetResult();
    }

    private void WakeWriter()
    {
        var writer = _writer;
        _writer = null;
        writer?.SetResult();
    }

    private static (CancellationToken Token, Action Cancel) NewToken()
    {
        var source = new CancellationTokenSource();
        return (source.Token, source.Cancel);
    }

    private int Piece(int most) => nature.Trickles ? dice.Next(1, Math.Min(most, 40) + 1) : dice.Next(3) == 0 ? dice.Next(1, most + 1) : most;

    private long Delay() => dice.NextInt64(nature.MinDelay, nature.MaxDelay + 1);
}

/// <summary>What a connection is like.</summary>
/// <param name="MinDelay">Ticks that bytes take at least.</param>
/// <param name="MaxDelay">Ticks that they take at most.</param>
/// <param name="Window">Bytes that may wait between the server and the client.</param>
/// <param name="Trickles">Whether bytes arrive a few at a time.</param>
/// <param name="AsStream">Whether the server writes as through TLS: all is taken at once, the end is the connection's.</param>
internal sealed record CableNature(long MinDelay, long MaxDelay, int Window, bool Trickles, bool AsStream);
