using System.Text;
using Parley.Protocol;
using Parley.Testing;

namespace Parley.Client.Tests.RealServer;

/// <summary>The client with a real server: away, cut off, and back.</summary>
public sealed class AbsenceTests
{
    private const int Many = 100_000;

    [Fact]
    public async Task A_client_that_was_away_for_100000_messages_catches_up_without_a_hole()
    {
        await using var server = await ChatServer.StartAsync(o =>
        {
            o.LiftLimits();
            o.Storage.Synchronous = "normal";
        });
        var state = new MemoryClientState();
        long left;
        await using (var before = await EnterAsync(server.Http, "ana", state))
        {
            left = (await NextSyncedAsync(before)).Head;
        }

        await SendLinesAsync(server, Many);

        await using var client = NewClient(server.Http, "ana", state);
        await client.ConnectAsync();
        var seqs = new List<long>();
        var head = client.Rooms.Single(r => r.Room == Names.Lobby).Head;
        await foreach (var next in client.ReadEventsAsync())
        {
            if (next is RoomGap gap)
            {
                Assert.Equal(left + 1, gap.From);
                await FillAsync(client, gap, seqs);
            }
            else if (next is RoomEvent { Event: var e })
            {
                seqs.Add(e.Seq);
            }
            else if (next is RoomSynced)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(1, (int)(head - left)).Select(n => left + n), seqs);
    }

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

    private static async Task FillAsync(ChatClient client, RoomGap gap, List<long> seqs)
    {
        var after = gap.From - 1;
        while (after < gap.To)
        {
            var page = await client.ReadHistoryAsync(gap.Room, after: after, limit: 200);
            seqs.AddRange(page.Items.Select(i => i.Seq).Where(seq => seq <= gap.To));
            after = page.Covers?.To ?? throw new InvalidOperationException("The page covers nothing.");
        }
    }

    // As fast as a socket takes them; the last one's answer shows that all were stored.
    private static async Task SendLinesAsync(ChatServer server, int count)
    {
        await using var bob = await WireClient.LineAsync(server, "bob");
        await using var eve = await WireClient.LineAsync(server, "eve");
        using var frames = new MemoryStream();
        for (var n = 0; n < count; n++)
        {
            frames.Write(WireClient.Frame(1, Encoding.UTF8.GetBytes($"line {n}")));
        }

        var sending = bob.SendBytesAsync(frames.ToArray());
        await eve.ReceiveTextAsync($"line {count - 1}");
        await sending;
    }
}
