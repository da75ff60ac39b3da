using System.Text.Json;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

public sealed class LeavingRaceTests
{
    private const int Rounds = 100;

    [Fact]
    public async Task A_device_that_subscribes_while_another_leaves_the_room_sees_nothing_after_the_leaving()
    {
        await using var server = await ChatServer.StartAsync(o => o.LiftLimits());
        await using var writer = await WireClient.GuestAsync(server, "writer");
        await writer.SendTextAsync("""{"t":"create","id":1,"room":"den"}""");
        await writer.ReceiveTextAsync("\"re\":1");
        await using var leaving = await WireClient.GuestAsync(server, "bob");
        await using var subscribing = await WireClient.GuestAsync(server, "bob");

        for (var round = 1; round <= Rounds; round++)
        {
            var id = round * 10_000;
            await leaving.SendTextAsync($$"""{"t":"join","id":{{id}},"room":"den"}""");
            await leaving.ReceiveTextAsync($"\"re\":{id}");

            // Many in one frame, so that one of them meets the moment of the leaving.
            var part = leaving.SendTextAsync($$"""{"t":"part","id":{{id + 1}},"room":"den"}""");
            await subscribing.SendTextAsync(string.Join('\n', Enumerable.Range(2, 500).Select(n => $$"""{"t":"sub","id":{{id + n}},"room":"den"}""")));
            await part;
            var left = JsonDocument.Parse(await leaving.ReceiveTextAsync($"\"re\":{id + 1}")).RootElement.GetProperty("seq").GetInt64();
            await subscribing.ReceiveTextAsync($"\"re\":{id + 501}");

            await writer.SendTextAsync($$"""{"t":"send","id":{{id}},"room":"den","cid":"c{{id}}","text":"secret"}""");
            await writer.ReceiveTextAsync($"\"re\":{id}");
            await AssertNothingBeyondAsync(subscribing, left, id + 502);
        }
    }

    // The room's deliveries and this connection's answers leave by one loop: a message published before the ask, for a
    // subscription that is there, stands before the second answer.
    private static async Task AssertNothingBeyondAsync(WireClient client, long left, int id)
    {
        foreach (var ask in (int[])[id, id + 1])
        {
            await client.SendTextAsync($$"""{"t":"ping","id":{{ask}},"ts":0}""");
            string text;
            while (!(text = await client.ReceiveTextAsync()).Contains($"\"re\":{ask}", StringComparison.Ordinal))
            {
                using var message = JsonDocument.Parse(text);
                if (message.RootElement.GetProperty("t").GetString() == "ev")
                {
                    Assert.InRange(message.RootElement.GetProperty("seq").GetInt64(), 1, left);
                }
            }
        }
    }
}
