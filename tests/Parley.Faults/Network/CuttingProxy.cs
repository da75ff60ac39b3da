using System.Net;
using System.Net.Sockets;

namespace Parley.Faults.Network;

/// <summary>
/// One client's line to the server: a TCP proxy on loopback that passes every byte until it is told to do worse.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly LineRecord? _record;
    private readonly int _seed;
    private readonly Lock _gate = new();
    private readonly Dictionary<ProxiedConnection, Task> _connections = []; // As many as the client opens.
    private readonly Task _accepting;
    private TaskCompletionSource _mended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LineFault _fault;
    private int _opened;

    /// <summary>Begins to listen.</summary>
    /// <param name="server">Where the bytes go: an address with a literal IP and a port.</param>
    /// <param name="seed">Of the places where frames are cut.</param>
    /// <param name="record">Told what passes; null: nobody is.</param>
    public CuttingProxy(Uri server, int seed, LineRecord? record = null)
    {
        _server = new IPEndPoint(IPAddress.Parse(server.Host), server.Port);
        _seed = seed;
        _record = record;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the client connects: <c>http://127.0.0.1:port</c>.</summary>
    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>What is wrong now.</summary>
    public LineFault Fault => _fault;

    /// <summary>Connections that were let through so far.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Ends when the fault of now is over.</summary>
    public Task Mended
    {
        get
        {
            lock (_gate)
            {
                return _fault == LineFault.None ? Task.CompletedTask : _mended.Task;
            }
        }
    }

    /// <summary>Breaks the line.</summary>
    public void Break(LineFault fault)
    {
        lock (_gate)
        {
            _fault = fault;
        }

        foreach (var connection in Connections())
        {
            if (fault == LineFault.Reset)
            {
                connection.Reset();
            }
            else if (fault == LineFault.Fin)
            {
                connection.Finish();
            }
        }
    }

    /// <summary>Resets the connections of now and leaves the fault as it is.</summary>
    public void Drop()
    {
        foreach (var connection in Connections())
        {
            connection.Reset();
        }
    }

    /// <summary>The network is back. What it cut is gone, also where nothing passed since that could be cut.</summary>
    public void Mend()
    {
        if (_fault == LineFault.MidFrame)
        {
            Drop();
        }

        lock (_gate)
        {
            _fault = LineFault.None;
            _mended.SetResult();
            _mended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Mend();
        Drop();
        Task[] open;
        lock (_gate)
        {
            open = [.. _connections.Values];
        }

        await Task.WhenAll(open);
    }

    private ProxiedConnection[] Connections()
    {
        lock (_gate)
        {
            return [.. _connections.Keys];
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Take(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed of.
        }
    }

    private void Take(Socket client)
    {
        if (_fault is LineFault.Reset or LineFault.Fin or LineFault.MidFrame)
        {
            ProxiedConnection.Reset(client);
            return;
        }

        var connection = new ProxiedConnection(this, client, _record, new Random(FaultSize.SeedOf(_seed, Interlocked.Increment(ref _opened))));
        lock (_gate)
        {
            _connections.Add(connection, ServeAsync(connection));
        }
    }

    private async Task ServeAsync(ProxiedConnection connection)
    {
        await Task.Yield(); // It is in the list before it is taken out.
        await connection.RunAsync(_server);
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }
}
