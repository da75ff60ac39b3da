using System.Text.Json;
using Parley.Server.Rooms;

namespace Parley.Server.Http;

/// <summary><c>GET /api/rooms</c>: the public rooms.</summary>
internal sealed class RoomsEndpoint(RoomAccess access, RoomDirectory rooms)
{
    /// <summary>Answers the list.</summary>
    public async Task ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (await access.AdmitAsync(context) is null)
        {
            return;
        }

        var list = new RoomList { Rooms = [.. rooms.All.Where(r => r.Row.Kind == "public").Select(Entry)] };
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, list, HttpJson.Strict.RoomList, cancellationToken);
    }

    private static RoomEntry Entry(Room room) => new()
    {
        Room = room.Name,
        Name = room.Row.Title,
        Kind = room.Row.Kind,
        Head = room.Head,
        Floor = room.Floor,
    };
}
