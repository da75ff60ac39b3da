using System.Text.Json;
using Parley.Testing;

namespace Parley.Faults.Kills;

/// <summary>Makes the rooms of a run.</summary>
internal static class ChatRooms
{
    /// <summary>Creates rooms, as a guest who does nothing else.</summary>
    public static async Task CreateAsync(Uri server, IReadOnlyList<string> names)
    {
        await using var founder = await WireClient.OpenAsync(server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
        await founder.SendTextAsync("""{"t":"hello","v":1,"guest":{"name":"founder"}}""");
        for (var i = 0; i < names.Count; i++)
        {
            await founder.SendTextAsync($$"""{"t":"create","id":{{i}},"room":"{{names[i]}}"}""");
            using var answer = JsonDocument.Parse(await founder.ReceiveTextAsync($"\"re\":{i}"));
            Assert.Equal("ok", answer.RootElement.GetProperty("t").GetString());
        }
    }
}
