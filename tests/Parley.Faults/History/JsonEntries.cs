using System.Text.Json;

namespace Parley.Faults.History;

/// <summary>Entries out of what the JSON dialect says.</summary>
internal static class JsonEntries
{
    /// <summary>An <c>ev</c>.</summary>
    public static Received Received(ClientId client, JsonElement ev) =>
        new(client, Text(ev, "room")!, Seq(ev), Text(ev, "by")!, Text(ev, "k")!, Text(ev, "cid"), Text(ev, "text")); // Not null: room, by and k are required.

    /// <summary>A <c>synced</c>.</summary>
    public static Synced Synced(ClientId client, JsonElement synced)
    {
        var (from, to) = synced.TryGetProperty("skipped", out var skipped)
            ? (skipped.GetProperty("from").GetInt64(), skipped.GetProperty("to").GetInt64())
            : (0, 0);
        var reset = IsSet(synced, "reset") ? Text(synced, "reason") ?? "?" : null;
        return new Synced(client, Text(synced, "room")!, synced.GetProperty("head").GetInt64(), from, to, reset); // Not null: required.
    }

    /// <summary>The <c>ok</c> to a <c>send</c>.</summary>
    public static Acked Acked(ClientId client, string room, string cid, JsonElement ok) =>
        new(client, room, cid, Seq(ok), IsSet(ok, "dup"));

    /// <summary>The <c>seq</c>, which is required.</summary>
    public static long Seq(JsonElement message) => message.GetProperty("seq").GetInt64();

    /// <summary>A text; null if it is not there.</summary>
    public static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static bool IsSet(JsonElement message, string name) => message.TryGetProperty(name, out var flag) && flag.GetBoolean();
}
