// Answers "!ping" in the lobby: dotnet run --project samples/EchoBot [server]
using Parley.Client;

await using var client = new ChatClient(new() { Server = args.FirstOrDefault("localhost:8080"), GuestName = "echo" });
await client.ConnectAsync();
await client.JoinAsync("lobby");
await client.SubscribeAsync("lobby");
await foreach (var next in client.ReadEventsAsync())
{
    if (next is RoomEvent { Event: { K: "msg", Text: "!ping" } message })
    {
        // The cid names the question, so that one that is seen twice is answered once.
        await client.SendAsync(message.Room, $"pong, {message.By}", cid: $"pong-{message.Room}-{message.Seq}");
    }
}
