using System.Diagnostics;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>Somebody who comes, says a word and goes, over and over, and a friend who listens all the time.</summary>
internal sealed class HonestUser(Uri server, string name)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest that it took to connect, be let in, and have a word arrive at the friend.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>How often it came.</summary>
    public int Rounds { get; private set; }

    /// <summary>Comes and goes until the flood is over; at least five times.</summary>
    public async Task ChatAsync(Task flood)
    {
        await using var friend = await WireClient.OpenAsync(server, "/ws?name=friend");
        while (!flood.IsCompleted || Rounds < 5)
        {
            var start = Stopwatch.GetTimestamp();
            await using var client = await WireClient.OpenAsync(server, "/ws", "Sec-WebSocket-Protocol: parley.v1.json");
            await client.SendTextAsync($$"""{"t":"hello","v":1,"guest":{"name":"{{name}}"} }""");
            await client.ReceiveTextAsync("\"t\":\"welcome\"");
            await client.SendTextAsync($$"""{"t":"send","id":1,"room":"lobby","cid":"c{{Rounds}}","text":"round {{Rounds}}!"}""");
            await client.ReceiveTextAsync("\"re\":1");
            await friend.ReceiveTextAsync($"{name}: round {Rounds}!");
            var took = Stopwatch.GetElapsedTime(start);
            Longest = took > Longest ? took : Longest;
            Rounds++;
            await client.CloseAsync(1000);
            await client.ReceiveFarewellAsync();
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
