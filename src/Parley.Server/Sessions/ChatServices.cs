using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Rooms;
using Parley.Server.Storage;
using Parley.Server.Telemetry;

namespace Parley.Server.Sessions;

/// <summary>What sessions and HTTP calls work with; one for the server.</summary>
internal sealed record ChatServices(
    RoomDirectory Rooms,
    EventWriter Writer,
    IEventStore Store,
    Authenticator Authenticator,
    ConnectionRegistry Connections,
    SendLimiter Limiter,
    SendOptions Sends,
    ConnectionOptions ConnectionLimits,
    RoomOptions RoomLimits,
    ServerState State,
    ParleyMetrics Metrics,
    TimeProvider Time,
    Random Random);
