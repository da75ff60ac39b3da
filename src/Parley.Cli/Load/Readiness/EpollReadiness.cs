using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Parley.Cli.Load.Readiness;

/// <summary>
/// Linux's own, edge-triggered: the cost of a wait does not grow with the number of sockets. The runtime has it inside,
/// but hands every readiness to a pool thread, which costs more than reading the socket.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class EpollReadiness : IReadiness
{
    private const uint Readable = 0x1, Writable = 0x4, Failed = 0x8, HungUp = 0x10, PeerEnded = 0x2000, EdgeTriggered = 1u << 31;
    private const int CloseOnExec = 0x80000;
    private const int OperationAdd = 1, OperationRemove = 2, OperationChange = 3;
    private const int Interrupted = 4, NotImplemented = 38;

    // struct epoll_event is packed on x86-64 and only there.
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Size = DataAt + 8;

    private readonly int _epoll;
    private byte[] _events = new byte[64 * Size];
    private bool _precise = true;

    public EpollReadiness()
    {
        _epoll = LinuxCalls.EpollCreate(CloseOnExec);
        if (_epoll < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public void Add(Socket socket, int client, bool write) => Control(OperationAdd, socket, client, write);

    public void Change(Socket socket, int client, bool write) => Control(OperationChange, socket, client, write);

    public void Remove(Socket socket, int client)
    {
        // It may have been removed before; there is nothing to do about it then.
        Span<byte> unused = stackalloc byte[16];
        _ = LinuxCalls.EpollControl(_epoll, OperationRemove, (int)socket.Handle, ref unused[0]);
    }

    public int Wait(Span<Ready> ready, long nanoseconds)
    {
        if (_events.Length < ready.Length * Size)
        {
            _events = new byte[ready.Length * Size];
        }

        var count = WaitOnce(ready.Length, nanoseconds);
        for (var i = 0; i < count; i++)
        {
            var one = _events.AsSpan(i * Size, Size);
            var flags = BinaryPrimitives.ReadUInt32LittleEndian(one);
            var ended = (flags & (PeerEnded | HungUp | Failed)) != 0;
            ready[i] = new Ready(
                BinaryPrimitives.ReadInt32LittleEndian(one[DataAt..]), ended || (flags & Readable) != 0, (flags & Writable) != 0, ended);
        }

        return count;
    }

    public void Dispose() => _ = LinuxCalls.Close(_epoll);

    private int WaitOnce(int max, long nanoseconds)
    {
        var count = _precise ? WaitPrecisely(max, nanoseconds) : WaitRounded(max, nanoseconds);
        if (count >= 0)
        {
            return count;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error == NotImplemented && _precise)
        {
            _precise = false; // A kernel before 5.11.
            return WaitRounded(max, nanoseconds);
        }

        return error == Interrupted ? 0 : throw new Win32Exception(error);
    }

    private int WaitPrecisely(int max, long nanoseconds)
    {
        var timeout = new LinuxCalls.TimeSpec
        {
            Seconds = (nint)(nanoseconds / 1_000_000_000),
            Nanoseconds = (nint)(nanoseconds % 1_000_000_000),
        };
        try
        {
            return LinuxCalls.EpollWaitPrecisely(_epoll, ref _events[0], max, timeout, 0);
        }
        catch (EntryPointNotFoundException)
        {
            _precise = false; // A C library that does not know it.
            return WaitRounded(max, nanoseconds);
        }
    }

    private int WaitRounded(int max, long nanoseconds) =>
        LinuxCalls.EpollWait(_epoll, ref _events[0], max, (int)Math.Min(int.MaxValue, (nanoseconds + 999_999) / 1_000_000));

    private void Control(int operation, Socket socket, int client, bool write)
    {
        Span<byte> one = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(one, Readable | PeerEnded | EdgeTriggered | (write ? Writable : 0));
        BinaryPrimitives.WriteInt64LittleEndian(one[DataAt..], client);
        if (LinuxCalls.EpollControl(_epoll, operation, (int)socket.Handle, ref one[0]) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }
}
