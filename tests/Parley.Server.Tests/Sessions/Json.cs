using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

/// <summary>Talking JSON with a server.</summary>
internal static class Json
{
    /// <summary>The next object; pings are answered on the way.</summary>
    public static async Task<JsonObject> NextAsync(this WireClient client) => Parse(await client.ReceiveTextAsync());

    /// <summary>Asks and takes the answer, which carries the request's id; events before it are dropped.</summary>
    public static async Task<JsonObject> AskAsync(this WireClient client, string request)
    {
        await client.SendTextAsync(request);
        var id = Parse(request)["id"]!.GetValue<long>();
        JsonObject answer;
        do
        {
            answer = await client.NextAsync();
        }
        while (answer["re"]?.GetValue<long>() != id);
        return answer;
    }

    /// <summary>The next objects up to one of a type, that one included.</summary>
    public static async Task<List<JsonObject>> UntilAsync(this WireClient client, string type)
    {
        var all = new List<JsonObject>();
        do
        {
            all.Add(await client.NextAsync());
        }
        while (all[^1].Type() != type);
        return all;
    }

    /// <summary>Follows a room and takes what comes up to the end of the replay.</summary>
    public static async Task<List<JsonObject>> FollowAsync(this WireClient client, string room, long? after = null)
    {
        await client.SendTextAsync($$"""{"t":"sub","id":7,"room":"{{room}}"{{(after is null ? "" : $",\"after\":{after}")}}}""");
        return await client.UntilAsync("synced");
    }

    public static string Type(this JsonObject message) => message["t"]!.GetValue<string>();

    public static string Code(this JsonObject message) => message["code"]!.GetValue<string>();

    public static long Seq(this JsonObject message) => message["seq"]!.GetValue<long>();

    /// <summary>In short: <c>ok</c>, <c>ev 5 msg</c>, <c>synced 7</c>, <c>err conflict</c>.</summary>
    public static string Brief(this JsonObject m) => m.Type() switch
    {
        "ev" => $"ev {m["seq"]} {m["k"]}",
        "synced" => $"synced {m["head"]}" + (m["reset"] is null ? "" : $" reset {m["reason"]}") + (m["skipped"] is { } s ? $" skipped {s["from"]}-{s["to"]}" : ""),
        "err" => $"err {m["code"]}",
        var type => type,
    };

    public static List<string> Brief(this IEnumerable<JsonObject> messages) => [.. messages.Select(Brief)];

    private static JsonObject Parse(string text) => JsonNode.Parse(text)?.AsObject() ?? throw new JsonException(text);
}
