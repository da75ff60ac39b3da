using System.Buffers;
using System.ComponentModel;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Http;

/// <summary><c>GET /api/rooms/{room}/events</c>: a page of the room's log as lines of JSON, or a live stream of it.</summary>
internal sealed class EventsEndpoint(RoomAccess access, ChatServices chat, ILogger<EventStream> logger)
{
    private const int DefaultLimit = 500;
    private const int MaxLimit = 1_000;
    private const int MaxTextBytes = 262_144;
    private const string StreamType = "text/event-stream";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Answers the page or the stream, by what the caller accepts.</summary>
    public async Task GetAsync(
        HttpContext context,
        [Description("Room id.")] string room,
        [Description("Seq of the last event you hold. Default 0 for a page, the head for a stream.")] string? after,
        [Description("Most events in a page. Default 500. A page also ends at 256 KiB of text.")] string? limit,
        [FromHeader(Name = "Last-Event-ID"), Description("For a stream: `epoch:seq` of the last event you hold. Goes before `after`.")] string? lastEventId)
    {
        context.Response.Headers.Vary = "Accept";
        if (await access.OpenAsync(context, room) is not { } visit)
        {
            return;
        }

        if (!SeqText.TryRead(after, out var cursor))
        {
            await Problem.AnswerAsync(context, SeqText.NoSeq("after"));
        }
        else if (!SeqText.TryRead(limit, out var most) || most is < 1 or > MaxLimit)
        {
            await Problem.AnswerAsync(context, SeqText.NoLimit(MaxLimit));
        }
        else if (AcceptsStream(context.Request))
        {
            await StreamAsync(context, visit, cursor, lastEventId);
        }
        else
        {
            await PageAsync(context, visit, cursor ?? 0, (int)(most ?? DefaultLimit));
        }
    }

    private static bool AcceptsStream(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var types)
        && types.Any(t => t.MediaType.Equals(StreamType, StringComparison.OrdinalIgnoreCase) && t.Quality is null or > 0);

    private async Task PageAsync(HttpContext context, RoomVisit visit, long after, int limit)
    {
        var page = await EventPage.ReadAsync(chat.Store, visit.Room, after, limit, MaxTextBytes, context.RequestAborted);
        var lines = new ArrayBufferWriter<byte>(4_096);
        foreach (var stored in page.Events)
        {
            JsonEncoder.Instance.Encode(visit.Room.Name, stored, lines);
            lines.Write("\n"u8);
        }

        var response = context.Response;
        response.ContentType = "application/x-ndjson";
        response.ContentLength = lines.WrittenCount;
        response.Headers["Parley-Epoch"] = chat.State.Epoch;
        response.Headers["Parley-Head"] = page.Head.ToString(CultureInfo.InvariantCulture);
        response.Headers["Parley-Floor"] = visit.Room.Floor.ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(lines.WrittenMemory, context.RequestAborted);
    }

    private async Task StreamAsync(HttpContext context, RoomVisit visit, long? after, string? lastEventId)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (chat.Connections.TryTake(address) is var admittance and not Admittance.Free)
        {
            await Problem.AnswerAsync(context, Full(admittance));
            return;
        }

        try
        {
            context.Response.ContentType = StreamType;
            context.Response.Headers["X-Accel-Buffering"] = "no";
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, chat.State.Stopping);
            var stream = new EventStream(context, visit, chat, logger);
            await stream.RunAsync(StreamStart.Of(visit.Room, chat.State.Epoch, lastEventId, after), stop.Token);
        }
        finally
        {
            chat.Connections.Release(address);
        }
    }

    private static Refusal Full(Admittance admittance) => admittance == Admittance.AddressFull
        ? new Refusal(ErrorCode.RateLimited, "Too many connections from this address; close some, or raise Connections:MaxPerAddress.", RetryAfter)
        : new Refusal(ErrorCode.Busy, "The server is full or stopping; try again soon.", RetryAfter);
}
