using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.Telemetry;

namespace Parley.Server.Sessions;

/// <summary>A dialect spoken on one connection: turns what the client says into operations, and their outcomes into frames.</summary>
internal interface IChatSession
{
    /// <summary>Who it is; null before <c>hello</c>.</summary>
    UserRow? User { get; }

    /// <summary>Begins, once the WebSocket is open.</summary>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>One text message of the client. The memory is valid until the call returns.</summary>
    ValueTask ReceiveAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken);

    /// <summary>The user left a room at a seq: what follows it may see nothing later. Called by the event writer.</summary>
    void MemberLeft(Room room, long seq);

    /// <summary>Tells the client, in the dialect's way, that the connection is about to be closed by us.</summary>
    void SayBye(int code, string reason, TimeSpan? returnAfter);

    /// <summary>Adds itself and what it follows. From any thread.</summary>
    void Survey(ConnectionSurvey survey);

    /// <summary>Ends every subscription; the connection is over.</summary>
    void End();
}
