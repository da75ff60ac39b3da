using System.Text;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Sessions;
using Parley.Server.WebSockets;

namespace Parley.Faults.InProcess;

/// <summary>A client without a socket: what it says goes straight to its session, what is sent to it stays in a <see cref="MemorySink"/>.</summary>
internal sealed class MemoryClient : IDisposable
{
    private readonly ChatParts _parts;
    private readonly FrameReader _reader = new(new FrameReaderOptions());
    private readonly Connection _connection;
    private readonly Outlet _outlet;
    private readonly IChatSession _session;

    private MemoryClient(ChatParts parts, Func<Connection, Outlet, IChatSession> session)
    {
        _parts = parts;
        _outlet = new Outlet(Sink, parts.Loops, parts.Loops.Next(), TimeProvider.System);
        _connection = new Connection(
            new NoSource(), _reader, _outlet, System.Net.IPAddress.Loopback, parts.Chat, Microsoft.Extensions.Logging.Abstractions.NullLogger<Connection>.Instance);
        _session = session(_connection, _outlet);
        _connection.Session = _session;
    }

    public MemorySink Sink { get; } = new();

    /// <summary>True once the server has closed, or is about to.</summary>
    public bool IsClosing => _outlet.IsClosing;

    /// <summary>A connection in the JSON dialect that has said nothing yet.</summary>
    public static MemoryClient Json(ChatParts parts) => new(parts, (connection, outlet) => new JsonSession(connection, outlet, parts.Chat));

    /// <summary>A connection in the line dialect.</summary>
    /// <param name="parts">The server.</param>
    /// <param name="name">A guest's name; null: a visitor.</param>
    /// <param name="room">The room to enter.</param>
    public static async Task<MemoryClient> LineAsync(ChatParts parts, string? name, string room)
    {
        var admission = await parts.Chat.Authenticator.AdmitAsync(new Credentials(null, name), CancellationToken.None);
        var participant = new Participant(admission.User!, parts.Chat); // Not null: guests may enter, and the name is good.
        var client = new MemoryClient(parts, (connection, outlet) => new LineSession(participant, room, connection, outlet, parts.Chat));
        await client._session.StartAsync(CancellationToken.None);
        return client;
    }

    /// <summary>One text message. Returns when it was handled; what is to be stored may still wait for that.</summary>
    public ValueTask SayAsync(ReadOnlyMemory<byte> text) => _session.ReceiveAsync(text, CancellationToken.None);

    /// <inheritdoc cref="SayAsync(ReadOnlyMemory{byte})"/>
    public ValueTask SayAsync(string text) => SayAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Vanishes.</summary>
    public void Dispose()
    {
        _parts.Chat.Connections.Remove(_connection);
        _session.End();
        _outlet.Break();
        _reader.Dispose();
    }

    private sealed class NoSource : IByteSource
    {
        public ValueTask<int> WaitAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("There is no socket.");

        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => throw new InvalidOperationException("There is no socket.");

        public void Cut()
        {
        }

        public void Dispose()
        {
        }
    }
}
