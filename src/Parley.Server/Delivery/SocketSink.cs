using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Parley.Server.Delivery;

/// <summary>Writes frames straight to a plaintext socket, without waiting and without a copy.</summary>
/// <param name="socket">
/// Not blocking. Disposed of only after the outlet was let go of (<see cref="Outlet.WhenLetGoAsync"/>): the hot path uses its
/// descriptor as it stands, and a descriptor that was closed may be somebody else's.
/// </param>
internal sealed partial class SocketSink(Socket socket) : IFrameSink
{
    // A slow peer takes a large frame in steps of this size, so that its progress is seen.
    private const int Step = 4 * 1024;

    private const int NeverWait = 0x40; // MSG_DONTWAIT
    private const int NoSignal = 0x4000; // MSG_NOSIGNAL
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EAGAIN

    private readonly int _descriptor = OperatingSystem.IsLinux() ? (int)socket.Handle : -1;

    public bool CanHalfClose => true;

    // On Linux without the runtime's layers, which cost a tenth of what the kernel's half of a small send does.
    public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken) =>
        OperatingSystem.IsLinux() ? SendDirectly(bytes.Span, out taken) : SendThrough(bytes.Span, out taken);

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress)
    {
        try
        {
            while (!rest.IsEmpty)
            {
                var sent = await socket.SendAsync(rest[..Math.Min(rest.Length, Step)], SocketFlags.None);
                rest = rest[sent..];
                progress();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection is gone.", e);
        }
    }

    public void CloseWrite()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }

    private SinkState SendDirectly(ReadOnlySpan<byte> bytes, out int taken)
    {
        int error;
        do
        {
            var sent = SendBytes(_descriptor, bytes, (nuint)bytes.Length, NeverWait | NoSignal);
            if (sent >= 0)
            {
                taken = (int)sent;
                return taken == bytes.Length ? SinkState.Ready : SinkState.Blocked;
            }

            error = Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);

        taken = 0;
        return error == WouldBlock ? SinkState.Blocked : SinkState.Broken;
    }

    private SinkState SendThrough(ReadOnlySpan<byte> bytes, out int taken)
    {
        try
        {
            taken = socket.Send(bytes, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success when taken == bytes.Length => SinkState.Ready,
                SocketError.Success or SocketError.WouldBlock => SinkState.Blocked,
                _ => SinkState.Broken,
            };
        }
        catch (ObjectDisposedException)
        {
            taken = 0;
            return SinkState.Broken;
        }
    }

    // send(2).
    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(int descriptor, ReadOnlySpan<byte> bytes, nuint length, int flags);
}
