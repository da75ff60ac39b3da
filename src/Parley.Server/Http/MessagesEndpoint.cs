using System.ComponentModel;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;
using Parley.Server.Accounts;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Http;

/// <summary><c>/api/rooms/{room}/messages</c>: posting, and a page of history.</summary>
internal sealed class MessagesEndpoint(RoomAccess access, Authenticator authenticator, ChatServices chat)
{
    // A guest who gives no name is always the same user, so that a repeat of an idempotency key finds the first time.
    private const string DefaultGuest = "guest";

    /// <summary>Posts a message, and answers once it is durable.</summary>
    public async Task PostAsync(
        HttpContext context,
        [Description("Room id.")] string room,
        [Description("The guest who says it, if the body names none. Default `guest`.")] string? name,
        [FromHeader(Name = "Idempotency-Key"), Description("1 to 64 of A-Z, a-z, 0-9, `_` and `-`. Sending again with the same key stores nothing and answers as the first time.")] string? key)
    {
        if (await access.OpenAsync(context, room) is not { } visit)
        {
            return;
        }

        var cid = string.IsNullOrEmpty(key) ? null : Unquote(key);
        if (cid is not null && !Names.IsCid(cid))
        {
            await Problem.AnswerAsync(context, new Refusal(ErrorCode.BadRequest, "An Idempotency-Key is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'."));
            return;
        }

        var (body, refusal) = await MessageBody.ReadAsync(context.Request, chat.Sends.MaxTextBytes, context.RequestAborted);
        if (refusal is not null)
        {
            await Problem.AnswerAsync(context, refusal);
            return;
        }

        var (author, unknown) = await AuthorAsync(visit.Reader, body.Name ?? name ?? DefaultGuest, context.RequestAborted);
        if (author is null)
        {
            await Problem.AnswerAsync(context, unknown!); // Not null: there is no author.
            return;
        }

        await PostAsync(context, author, visit.Room, new PendingEvent { Text = body.Text, Cid = Encoding.UTF8.GetBytes(cid ?? "") });
    }

    /// <summary>Answers a page of the room's past, as <c>hist</c> does.</summary>
    public async Task ReadAsync(
        HttpContext context,
        [Description("Room id.")] string room,
        [Description("Events with a smaller seq, the newest of them. Default: the newest of all.")] string? before,
        [Description("Events with a greater seq, the oldest of them.")] string? after,
        [Description("Events about this seq.")] string? around,
        [Description("Most events in the page. Default 50. A page also ends at 256 KiB of text.")] string? limit)
    {
        if (await access.OpenAsync(context, room) is not { } visit)
        {
            return;
        }

        if (Request(visit.Room, before, after, around, limit, out var request) is { } refusal)
        {
            await Problem.AnswerAsync(context, refusal);
            return;
        }

        ServerMessage page = await HistoryPage.ReadAsync(chat.Store, visit.Room, request, context.RequestAborted);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, page, WireJson.Strict.ServerMessage, context.RequestAborted);
    }

    private static Refusal? Request(Room room, string? before, string? after, string? around, string? limit, out History request)
    {
        request = new History { Room = room.Name };
        if (!SeqText.TryRead(before, out var beforeSeq))
        {
            return SeqText.NoSeq("before");
        }

        if (!SeqText.TryRead(after, out var afterSeq))
        {
            return SeqText.NoSeq("after");
        }

        if (!SeqText.TryRead(around, out var aroundSeq))
        {
            return SeqText.NoSeq("around");
        }

        if (!SeqText.TryRead(limit, out var most) || most is < 1 or > HistoryPage.MaxLimit)
        {
            return SeqText.NoLimit(HistoryPage.MaxLimit);
        }

        request = request with
        {
            Before = beforeSeq is null && afterSeq is null && aroundSeq is null ? room.Head + 1 : beforeSeq,
            After = afterSeq,
            Around = aroundSeq,
            Limit = (int?)most,
        };
        return HistoryPage.Check(request);
    }

    private async ValueTask<(Participant? Author, Refusal? Refusal)> AuthorAsync(
        Participant reader, string name, CancellationToken cancellationToken)
    {
        if (reader.User.Id != 0)
        {
            return (reader, null);
        }

        var admission = await authenticator.AdmitAsync(new Credentials(null, name), cancellationToken);
        return admission.User is { } user
            ? (new Participant(user, chat), null)
            : (null, new Refusal(admission.Code, admission.Message));
    }

    private static async Task PostAsync(HttpContext context, Participant author, Room room, PendingEvent message)
    {
        if (!author.CanRead(room))
        {
            await author.EnterAsync(room, context.RequestAborted);
        }

        var placed = new TaskCompletionSource<PendingEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        message.Done = Done;
        var refusal = await author.PostAsync(room, message, context.RequestAborted);
        if (refusal is not null)
        {
            await Problem.AnswerAsync(context, refusal);
            return;
        }

        var pending = await placed.Task.WaitAsync(context.RequestAborted);
        if (pending.Outcome == AppendOutcome.NotMember)
        {
            await Problem.AnswerAsync(context, Refusal.NotMember); // It left on another connection, after it had entered here.
            return;
        }

        if (pending.Outcome == AppendOutcome.Conflict)
        {
            await Problem.AnswerAsync(context, new Refusal(ErrorCode.Conflict, "This Idempotency-Key was used for another message; take a new one."));
            return;
        }

        await AnswerAsync(context, pending);

        void Done(PendingEvent done, StoreException? failure)
        {
            if (failure is null)
            {
                placed.TrySetResult(done);
            }
            else
            {
                placed.TrySetException(failure);
            }
        }
    }

    private static async Task AnswerAsync(HttpContext context, PendingEvent stored)
    {
        var repeated = stored.Outcome == AppendOutcome.Duplicate;
        var place = new MessagePlace { Room = stored.Room.Name, Seq = stored.Seq, Ts = stored.Ts, Dup = repeated ? true : null };
        var response = context.Response;
        response.StatusCode = repeated ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        response.ContentType = "application/json";
        response.Headers.Location = $"{SitePath.Root(context.Request, 4)}/r/{place.Room}/{place.Seq}";
        await JsonSerializer.SerializeAsync(response.Body, place, HttpJson.Strict.MessagePlace, context.RequestAborted);
    }

    // The header's draft makes it a structured string, in quotes; most programs send it bare.
    private static string Unquote(string key) =>
        key.Length > 2 && key[0] == '"' && key[^1] == '"' ? key[1..^1] : key;
}
