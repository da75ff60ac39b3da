using System.Text;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;
using Parley.Server.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>Pages of a room's past, for <c>hist</c> and its HTTP twin.</summary>
internal static class HistoryPage
{
    /// <summary>Most events in a page.</summary>
    public const int MaxLimit = 200;

    private const int DefaultLimit = 50;
    private const int MaxTextBytes = 262_144;

    /// <summary>Says what is wrong with a request, or null.</summary>
    public static Refusal? Check(History request)
    {
        var places = (request.Before is null ? 0 : 1) + (request.After is null ? 0 : 1) + (request.Around is null ? 0 : 1);
        if (places != 1)
        {
            return new Refusal(ErrorCode.BadRequest, "Give exactly one of \"before\", \"after\" and \"around\".");
        }

        if ((request.Before ?? request.After ?? request.Around) < 0)
        {
            return new Refusal(ErrorCode.BadRequest, "A seq is a number from 0 up.");
        }

        return request.Limit is < 1 or > MaxLimit
            ? new Refusal(ErrorCode.BadRequest, "\"limit\" is a number from 1 to 200.")
            : null;
    }

    /// <summary>Reads the page of a request that <see cref="Check"/> found good.</summary>
    public static async Task<Ok> ReadAsync(IEventStore store, Room room, History request, CancellationToken cancellationToken)
    {
        var head = room.Head;
        var limit = request.Limit ?? DefaultLimit;
        IReadOnlyList<StoredEvent> events;
        if (request.Around is { } around)
        {
            var older = await store.ReadBackAsync(room.Id, around, limit / 2, MaxTextBytes / 2, cancellationToken);
            var newer = await store.ReadAsync(room.Id, around - 1, limit - older.Count, MaxTextBytes / 2, cancellationToken);
            events = [.. older, .. newer];
        }
        else if (request.Before is { } before)
        {
            events = await store.ReadBackAsync(room.Id, before, limit, MaxTextBytes, cancellationToken);
        }
        else
        {
            // Not null: Check saw exactly one of the three.
            events = await store.ReadAsync(room.Id, request.After!.Value, limit, MaxTextBytes, cancellationToken);
        }

        // What was committed but not published yet is left for the live feed.
        events = [.. events.Where(e => e.Seq <= head)];
        var covers = events.Count == 0 ? null : new SeqRange { From = events[0].Seq, To = events[^1].Seq };
        return new Ok
        {
            Re = request.Id,
            Msgs = [.. events.Select(Item)],
            Covers = covers,
            Asof = head,
            Floor = room.Floor,
            More = covers is not null && (request.After is null ? covers.From > room.Floor : covers.To < head),
        };
    }

    private static HistoryItem Item(StoredEvent stored) => new()
    {
        Seq = stored.Seq,
        Ts = stored.Ts,
        By = stored.By,
        K = stored.Kind,
        Cid = TextOf(stored.Cid),
        Text = TextOf(stored.Text),
    };

    private static string? TextOf(ReadOnlyMemory<byte> utf8) => utf8.IsEmpty ? null : Encoding.UTF8.GetString(utf8.Span);
}
