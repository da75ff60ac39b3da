using System.Net.Sockets;

namespace Parley.Cli.Load.Readiness;

/// <summary>For every system: asks about all sockets each time, so a wait costs more the more there are.</summary>
internal sealed class SelectReadiness : IReadiness
{
    private readonly Dictionary<Socket, Watch> _watched = [];
    private readonly List<Socket> _read = [];
    private readonly List<Socket> _write = [];
    private readonly List<Socket> _failed = [];
    private readonly ManualResetEventSlim _never = new();
    private int _first;

    public void Add(Socket socket, int client, bool write) => _watched[socket] = new Watch(client, write);

    public void Change(Socket socket, int client, bool write) => _watched[socket] = new Watch(client, write);

    public void Remove(Socket socket, int client) => _watched.Remove(socket);

    public int Wait(Span<Ready> ready, long nanoseconds)
    {
        var timeout = TimeSpan.FromMicroseconds(nanoseconds / 1000);
        if (_watched.Count == 0)
        {
            _never.Wait(timeout); // Select refuses to wait for nothing.
            return 0;
        }

        _read.Clear();
        _write.Clear();
        _failed.Clear();
        foreach (var (socket, watch) in _watched)
        {
            _read.Add(socket);
            if (watch.Write)
            {
                _write.Add(socket);
                _failed.Add(socket); // Where a refused connect is no success either.
            }
        }

        Socket.Select(_read, _write, _failed, timeout);
        var count = Take(_failed, ready, 0, read: false);
        count = Take(_write, ready, count, read: false);
        count = Take(_read, ready, count, read: true);
        _first = (_first + ready.Length) & int.MaxValue;
        return count;
    }

    public void Dispose()
    {
        _watched.Clear();
        _never.Dispose();
    }

    // Begins elsewhere each time, so that when there are too many, nobody is always left out.
    private int Take(List<Socket> sockets, Span<Ready> ready, int count, bool read)
    {
        for (var i = 0; i < sockets.Count && count < ready.Length; i++)
        {
            var client = _watched[sockets[(int)(((long)i + _first) % sockets.Count)]].Client;
            ready[count++] = new Ready(client, CanRead: read, CanWrite: !read, Ended: false);
        }

        return count;
    }

    private readonly record struct Watch(int Client, bool Write);
}
