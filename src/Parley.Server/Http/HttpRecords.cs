using System.Text.Json.Serialization;
using Parley.Protocol.Messages;

namespace Parley.Server.Http;

/// <summary>A message to post.</summary>
internal sealed record PostedMessage
{
    /// <summary>The text: 1 to 16,384 bytes of UTF-8, unless the server's owner has set another limit.</summary>
    [JsonPropertyName("text")]
    public required string Text { get; init; }

    /// <summary>The guest who says it; not looked at when a token is shown.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }
}

/// <summary>The place of a message in its room's log.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record MessagePlace
{
    /// <summary>Room id.</summary>
    [JsonPropertyName("room")]
    public required string Room { get; init; }

    /// <summary>Place in the room's log.</summary>
    [JsonPropertyName("seq")]
    public required long Seq { get; init; }

    /// <summary>When it was stored, Unix milliseconds.</summary>
    [JsonPropertyName("ts")]
    public required long Ts { get; init; }

    /// <summary>True: this key was stored before; seq and ts are those of the first time.</summary>
    [JsonPropertyName("dup")]
    public bool? Dup { get; init; }
}

/// <summary>The public rooms.</summary>
internal sealed record RoomList
{
    /// <summary>In order of id.</summary>
    [JsonPropertyName("rooms")]
    public required IReadOnlyList<RoomEntry> Rooms { get; init; }
}

/// <summary>A room in the list.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record RoomEntry
{
    /// <summary>Room id.</summary>
    [JsonPropertyName("room")]
    public required string Room { get; init; }

    /// <summary>Display name.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary><c>public</c>.</summary>
    [JsonPropertyName("kind")]
    public required string Kind { get; init; }

    /// <summary>Newest seq.</summary>
    [JsonPropertyName("head")]
    public required long Head { get; init; }

    /// <summary>Oldest seq still held.</summary>
    [JsonPropertyName("floor")]
    public required long Floor { get; init; }
}

/// <summary>Why a stream could not go on from where its reader was.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record StreamReset
{
    /// <summary><c>epoch</c>, <c>ahead</c> or <c>expired</c>.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    /// <summary>The newest seq; the stream goes on after it.</summary>
    [JsonPropertyName("head")]
    public required long Head { get; init; }
}

/// <summary>
/// The shape of a history page, for the description of the API. What is sent is the wire record
/// <see cref="Ok"/>, as in the answer to <c>hist</c>.
/// </summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record HistoryReply
{
    /// <summary>Always <c>ok</c>.</summary>
    [JsonPropertyName("t")]
    public required string T { get; init; }

    /// <summary>Events of the page, in order of seq.</summary>
    [JsonPropertyName("msgs")]
    public required IReadOnlyList<HistoryEntry> Msgs { get; init; }

    /// <summary>The seqs this page accounts for; absent when it covers none.</summary>
    [JsonPropertyName("covers")]
    public HistoryRange? Covers { get; init; }

    /// <summary>The head up to which the page is folded.</summary>
    [JsonPropertyName("asof")]
    public required long Asof { get; init; }

    /// <summary>Oldest seq still held.</summary>
    [JsonPropertyName("floor")]
    public required long Floor { get; init; }

    /// <summary>True: there is more in the asked direction.</summary>
    [JsonPropertyName("more")]
    public required bool More { get; init; }
}

/// <summary>The shape of <see cref="HistoryItem"/>.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record HistoryEntry
{
    /// <summary>Place in the room's log.</summary>
    [JsonPropertyName("seq")]
    public required long Seq { get; init; }

    /// <summary>Server time, Unix milliseconds.</summary>
    [JsonPropertyName("ts")]
    public required long Ts { get; init; }

    /// <summary>Name of the user who caused it.</summary>
    [JsonPropertyName("by")]
    public required string By { get; init; }

    /// <summary><c>msg</c>, <c>join</c>, <c>part</c>, <c>room</c>; ignore what you do not know.</summary>
    [JsonPropertyName("k")]
    public required string K { get; init; }

    /// <summary>The sender's idempotency key.</summary>
    [JsonPropertyName("cid")]
    public string? Cid { get; init; }

    /// <summary>Text of a <c>msg</c>.</summary>
    [JsonPropertyName("text")]
    public string? Text { get; init; }
}

/// <summary>The shape of <see cref="SeqRange"/>.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
internal sealed record HistoryRange
{
    /// <summary>First seq.</summary>
    [JsonPropertyName("from")]
    public required long From { get; init; }

    /// <summary>Last seq.</summary>
    [JsonPropertyName("to")]
    public required long To { get; init; }
}
