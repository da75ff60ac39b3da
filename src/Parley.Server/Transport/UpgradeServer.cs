using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.WebSockets;

namespace Parley.Server.Transport;

/// <summary>
/// Serves an upgrade to the chat below HTTP: an open connection then costs a socket and what the chat itself keeps of it,
/// and none of the web server's objects for requests and responses.
/// </summary>
/// <remarks>
/// The request is judged by the same rules as an upgrade through the web server, but only ever accepted here: whatever
/// is to be refused, or is not an ordinary request that came in one piece, is left to the web server unread.
/// </remarks>
internal sealed class UpgradeServer(WebSocketEndpoint endpoint, DeliveryOptions delivery)
{
    private const int MaxHeadBytes = 4 * 1024;

    /// <summary>Waits for the first byte.</summary>
    /// <returns>False when none came in time, or none will.</returns>
    public static async ValueTask<bool> HearAsync(Socket socket, PendingPlace place, CancellationToken cancellationToken)
    {
        socket.Blocking = false;
        socket.NoDelay = true;
        if (socket.Available == 0)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(place.Patience, cancellationToken);
            try
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, either.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        place.Heard();
        return socket.Available > 0; // Otherwise it is the end.
    }

    /// <summary>Serves a connection that has said something to its end if it is an upgrade to the chat.</summary>
    /// <returns>False when it is not: then nothing was read from the socket.</returns>
    public async ValueTask<bool> TryServeAsync(Socket socket, PendingPlace place)
    {
        if (await AdmitAsync(socket, place.Address) is not { } entry)
        {
            return false;
        }

        place.Leave();
        await RunAsync(socket, entry);
        return true;
    }

    private async Task RunAsync(Socket socket, Entry entry)
    {
        using (socket)
        {
            // Without lingering: what the kernel still holds for a peer that does not read is dropped.
            void Abort() => socket.Close(timeout: 0);
            if (delivery.SendBufferBytes > 0)
            {
                socket.SendBufferSize = delivery.SendBufferBytes;
            }

            var sink = new SocketSink(socket);
            await endpoint.RunAsync(entry, new SocketSource(socket), sink, Abort, CancellationToken.None);
        }
    }

    private async ValueTask<Entry?> AdmitAsync(Socket socket, IPAddress address)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxHeadBytes);
        try
        {
            var seen = socket.Receive(buffer.AsSpan(0, MaxHeadBytes), SocketFlags.Peek, out _);
            var length = RequestHeadParser.LengthOf(buffer.AsSpan(0, seen));
            if (length == 0 || RequestHeadParser.Read(buffer.AsSpan(0, length), "/ws"u8) is not { } context)
            {
                return null;
            }

            var entry = await endpoint.AdmitAsync(context, address);
            if (entry.Refusal is not null)
            {
                return null;
            }

            // The bytes are there: they were seen.
            socket.Receive(buffer.AsSpan(0, length), SocketFlags.None, out _);
            var answer = Encoding.ASCII.GetBytes(Handshake.Answer(entry.Handshake), buffer);
            socket.Send(buffer.AsSpan(0, answer), SocketFlags.None, out _);
            return entry;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
