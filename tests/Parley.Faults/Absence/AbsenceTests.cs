using System.Text;
using Parley.Client;
using Parley.Faults.Kills;
using Parley.Protocol;
using Parley.Testing;

namespace Parley.Faults.Absence;

/// <summary>A client is away for very long: it gets everything, soon, and the server does not feel it.</summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "absence")]
public sealed class AbsenceTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int WarmUp = 5_000;
    private const int Part = 10_000;
    private const long MemoryBar = 64 * 1024 * 1024;
    private static readonly TimeSpan CatchUpBar = TimeSpan.FromSeconds(10); // For 100,000; for more in proportion.

    private readonly TempFolder _data = new();
    private readonly int _port = ServerProcess.FreePort();
    private ServerProcess? _server;

    private Uri Address => new($"http://127.0.0.1:{_port}");

    public async ValueTask InitializeAsync()
    {
        _server = ServerProcess.Start(ServerCommand.Find(), _port, _data.Path);
        await _server.ReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync(); // Not null: InitializeAsync starts it.
        _data.Dispose();
    }

    [Fact]
    public async Task A_client_that_was_away_for_100000_messages_catches_up_in_10_s_without_a_hole_and_for_64_MiB_at_most()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A process's memory is read from /proc.");
        var missed = FaultSize.Count(ci: 100_000);
        output.WriteLine($"eng/faults absence --count {missed} --seed 0");
        var state = new MemoryClientState();
        await SayAsync(0, WarmUp); // So that code is compiled and pools are filled before anything is measured.
        var left = await VisitAsync(state);
        var memory = new ResidentMemory(_server!.Id); // Not null: InitializeAsync starts it.
        var before = memory.BeginPeak();
        await SayAsync(WarmUp, missed);
        var afterSaid = memory.Peak;
        memory.BeginPeak();

        var start = TimeProvider.System.GetTimestamp();
        var caughtUp = await CatchUpAsync(state, left);
        var took = TimeProvider.System.GetElapsedTime(start);
        var grown = Math.Max(memory.Peak, afterSaid) - before;
        output.WriteLine(
            $"{caughtUp} events caught up in {took.TotalSeconds:0.00} s; memory {before / 1024} KiB before the absence, "
            + $"at most {afterSaid / 1024} KiB in it and {memory.Peak / 1024} KiB while catching up");
        Assert.True(caughtUp >= missed, $"only {caughtUp} events");
        Assert.InRange(took, TimeSpan.Zero, CatchUpBar * Math.Max(1, missed / 100_000.0));
        Assert.InRange(grown, long.MinValue, MemoryBar);
    }

    /// <summary>Enters the lobby and leaves the server at once.</summary>
    /// <returns>Seq of the last event held.</returns>
    private async Task<long> VisitAsync(IClientState state)
    {
        await using var client = NewClient(state);
        await client.ConnectAsync();
        await client.SubscribeAsync(Names.Lobby);
        await foreach (var next in client.ReadEventsAsync())
        {
            if (next is RoomSynced synced)
            {
                return synced.Head;
            }
        }

        throw new InvalidOperationException("The client closed.");
    }

    /// <summary>Comes back, gets what is new, and fills the gap.</summary>
    /// <returns>Events got; each once and in order.</returns>
    private async Task<long> CatchUpAsync(IClientState state, long held)
    {
        var left = held;
        await using var client = NewClient(state);
        await client.ConnectAsync();
        await foreach (var next in client.ReadEventsAsync())
        {
            switch (next)
            {
                case RoomGap gap:
                    Assert.Equal(held + 1, gap.From);
                    held = await FillAsync(client, gap);
                    break;
                case RoomEvent { Event: var e }:
                    Assert.Equal(++held, e.Seq);
                    break;
                case RoomSynced synced:
                    Assert.Equal(held, synced.Head);
                    return held - left;
            }
        }

        throw new InvalidOperationException("The client closed.");
    }

    private static async Task<long> FillAsync(ChatClient client, RoomGap gap)
    {
        var held = gap.From - 1;
        while (held < gap.To)
        {
            var page = await client.ReadHistoryAsync(gap.Room, after: held, limit: 200);
            foreach (var item in page.Items.TakeWhile(i => i.Seq <= gap.To))
            {
                Assert.Equal(++held, item.Seq);
            }
        }

        return held;
    }

    private ChatClient NewClient(IClientState state) =>
        new(new ChatClientOptions { Server = Address.AbsoluteUri, GuestName = "ana", StateStore = state });

    /// <summary>Has messages written, as fast as a socket takes them; the last one's arrival shows that all were stored.</summary>
    private async Task SayAsync(int from, int count)
    {
        await using var bob = await WireClient.OpenAsync(Address, "/ws?name=bob");
        await using var eve = await WireClient.OpenAsync(Address, "/ws?name=eve");
        for (var end = from + count; from < end; from += Part)
        {
            var last = Math.Min(from + Part, end) - 1;
            using var frames = new MemoryStream();
            for (var n = from; n <= last; n++)
            {
                frames.Write(WireClient.Frame(1, Encoding.UTF8.GetBytes($"line {n}.")));
            }

            var sending = bob.SendBytesAsync(frames.ToArray());
            await eve.ReceiveTextAsync($"line {last}.");
            await sending;
        }
    }
}
