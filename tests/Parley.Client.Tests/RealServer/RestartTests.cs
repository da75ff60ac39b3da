using Parley.Protocol;
using Parley.Testing;

namespace Parley.Client.Tests.RealServer;

/// <summary>The client with a real server that goes away and comes back.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task What_is_said_around_restarts_of_the_server_arrives_once_and_in_order()
    {
        using var data = new TempFolder();
        var server = await ChatServer.StartAsync(o => o.LiftLimits(), data: data.Path);
        var port = server.Http.Port;
        await using var ana = await EnterAsync(server.Http, "ana", new MemoryClientState());
        await using var bob = await EnterAsync(server.Http, "bob", new MemoryClientState());
        await NextSyncedAsync(bob);
        var hearing = HearAsync(bob, 60);

        var sends = new List<Task<SentMessage>>();
        for (var round = 0; round < 3; round++)
        {
            sends.AddRange(Enumerable.Range(round * 20, 20).Select(n => ana.SendAsync(Names.Lobby, $"{n}")));
            await Task.WhenAny(sends[^1], sends[(round * 20) + 5]);
            await server.DisposeAsync();
            server = await ChatServer.StartAsync(o => o.LiftLimits(), data: data.Path, port: port);
        }

        var sent = await Task.WhenAll(sends).WaitAsync(WireClient.Patience);
        var heard = await hearing.WaitAsync(WireClient.Patience);
        await server.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, 60).Select(n => $"{n}"), heard.Select(e => e.Text));
        Assert.Equal(sent.Select(s => s.Seq), heard.Select(e => e.Seq));
    }

    private static ChatClient NewClient(Uri server, string name, IClientState state) =>
        new(new ChatClientOptions { Server = server.AbsoluteUri, GuestName = name, StateStore = state });

    private static async Task<ChatClient> EnterAsync(Uri server, string name, IClientState state)
    {
        var client = NewClient(server, name, state);
        await client.ConnectAsync();
        await client.SubscribeAsync(Names.Lobby);
        return client;
    }

    private static async Task<RoomSynced> NextSyncedAsync(ChatClient client)
    {
        await foreach (var next in client.ReadEventsAsync())
        {
            if (next is RoomSynced synced)
            {
                return synced;
            }
        }

        throw new InvalidOperationException("The client closed.");
    }

    private static async Task<List<Protocol.Messages.Event>> HearAsync(ChatClient client, int messages)
    {
        var heard = new List<Protocol.Messages.Event>();
        await foreach (var next in client.ReadEventsAsync())
        {
            if (next is RoomEvent { Event: { K: EventKind.Message } message })
            {
                heard.Add(message);
                if (heard.Count == messages)
                {
                    break;
                }
            }
        }

        return heard;
    }
}
