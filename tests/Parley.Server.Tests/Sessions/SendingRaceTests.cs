using System.Text.Json;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

public sealed class SendingRaceTests
{
    private const int Rounds = 20;
    private const int Sends = 200;

    [Fact]
    public async Task What_a_device_sends_while_another_leaves_the_room_is_stored_before_the_leaving_or_refused()
    {
        await using var server = await ChatServer.StartAsync(o => o.LiftLimits());
        await using var owner = await WireClient.GuestAsync(server, "owner");
        await owner.SendTextAsync("""{"t":"create","id":1,"room":"den"}""");
        await owner.ReceiveTextAsync("\"re\":1");
        await using var leaving = await WireClient.GuestAsync(server, "bob");
        await using var sending = await WireClient.GuestAsync(server, "bob");

        for (var round = 1; round <= Rounds; round++)
        {
            var id = round * 10_000;
            await leaving.SendTextAsync($$"""{"t":"join","id":{{id}},"room":"den"}""");
            await leaving.ReceiveTextAsync($"\"re\":{id}");

            // Many in one frame, so that some of them are queued while the leaving is being committed.
            var sends = Enumerable.Range(id, Sends).Select(n => $$"""{"t":"send","id":{{n}},"room":"den","cid":"c{{n}}","text":"hi"}""");
            await Task.WhenAll(
                leaving.SendTextAsync($$"""{"t":"part","id":{{id + 1}},"room":"den"}"""),
                sending.SendTextAsync(string.Join('\n', sends)));
            var left = Json(await leaving.ReceiveTextAsync($"\"re\":{id + 1}")).GetProperty("seq").GetInt64();
            await AssertBeforeOrRefusedAsync(sending, left);
        }
    }

    private static async Task AssertBeforeOrRefusedAsync(WireClient client, long left)
    {
        for (var answers = 0; answers < Sends;)
        {
            var message = Json(await client.ReceiveTextAsync());
            switch (message.GetProperty("t").GetString())
            {
                case "ok":
                    Assert.InRange(message.GetProperty("seq").GetInt64(), 1, left - 1);
                    answers++;
                    break;
                case "err":
                    Assert.Equal("not_member", message.GetProperty("code").GetString());
                    answers++;
                    break;
            }
        }
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
