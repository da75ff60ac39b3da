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
internal sealed class UpgradeServer(WebSocketEndpoint endpoint)
{
    private const int MaxHeadBytes = 4 * 1024;

    // The one that was used last, for the next request: most are judged one after the other.
    private DefaultHttpContext? _context;

    /// <summary>Waits for the first byte, which most often is there.</summary>
    /// <returns>False when none came in time, or none will.</returns>
    public static async ValueTask<bool> HearAsync(Socket socket, PendingPlace place, CancellationToken cancellationToken)
    {
        socket.Blocking = false;
        if (socket.Available > 0)
        {
            return true;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(place.AwaitFirstByte(), cancellationToken);
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, either.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        place.Heard();
        return socket.Available > 0; // Otherwise it is the end.
    }

    /// <summary>Serves an admitted connection to its end. Owns the socket.</summary>
    public Task RunAsync(Socket socket, Entry entry) =>
        endpoint.RunAsync(entry, new SocketSource(socket), new SocketSink(socket), CancellationToken.None);

    /// <summary>Answers a connection that has said something if it is an upgrade to the chat.</summary>
    /// <returns>Null when it is not: then nothing was read from the socket.</returns>
    public async ValueTask<Entry?> AdmitAsync(Socket socket, IPAddress address)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxHeadBytes);
        var context = Interlocked.Exchange(ref _context, null) ?? new DefaultHttpContext();
        try
        {
            var seen = socket.Receive(buffer.AsSpan(0, MaxHeadBytes), SocketFlags.Peek, out _);
            var length = RequestHeadParser.LengthOf(buffer.AsSpan(0, seen));
            if (length == 0 || !RequestHeadParser.TryRead(buffer.AsSpan(0, length), "/ws"u8, context))
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
            Volatile.Write(ref _context, context);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
