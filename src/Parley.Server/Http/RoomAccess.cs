using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Rooms;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary>Somebody who may read a room, and the room.</summary>
internal sealed record RoomVisit(Participant Reader, Room Room);

/// <summary>Decides who calls and which room they may read. A room that they may not read is answered as if it were absent.</summary>
internal sealed class RoomAccess(Authenticator authenticator, ChatServices chat)
{
    /// <summary>Who calls: the user of the token, or a visitor. Answers the refusal and returns null if neither may enter.</summary>
    public async ValueTask<Participant?> AdmitAsync(HttpContext context)
    {
        var admission = await JudgeAsync(context);
        if (admission.User is { } user)
        {
            return new Participant(user, chat);
        }

        await Problem.AnswerAsync(context, new Refusal(admission.Code, admission.Message));
        return null;
    }

    /// <summary>Who calls, and the room. Answers the refusal and returns null if they may not read it.</summary>
    public async ValueTask<RoomVisit?> OpenAsync(HttpContext context, string room)
    {
        if (await AdmitAsync(context) is not { } reader)
        {
            return null;
        }

        if (Find(reader, room) is { } visit)
        {
            return visit;
        }

        await Problem.AnswerAsync(context, Refusal.NoRoom);
        return null;
    }

    /// <summary>The same without an answer: null for every reason why not.</summary>
    public async ValueTask<RoomVisit?> FindAsync(HttpContext context, string room) =>
        (await JudgeAsync(context)).User is { } user ? Find(new Participant(user, chat), room) : null;

    private ValueTask<Admission> JudgeAsync(HttpContext context) =>
        authenticator.AdmitAsync(new Credentials(WebSocketEndpoint.Bearer(context.Request), null), context.RequestAborted);

    private static RoomVisit? Find(Participant reader, string name) =>
        reader.Find(name) is { } room && reader.CanRead(room) ? new RoomVisit(reader, room) : null;
}
