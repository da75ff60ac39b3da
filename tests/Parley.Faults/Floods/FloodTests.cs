using Microsoft.Extensions.DependencyInjection;
using Parley.Server;
using Parley.Server.Connections;
using Parley.Server.Transport;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>
/// Floods of connections: an honest user gets in and through within half a second at any moment of them, the attackers are cut by
/// the documented limits, and nothing of them is left. The flood of logins comes with accounts.
/// </summary>
[Collection(nameof(FloodTests))]
[CollectionDefinition(nameof(FloodTests), DisableParallelization = true)]
[Trait(FaultSize.Trait, "floods")]
public sealed class FloodTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bar = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(2);

    // 5 s without a byte, or for the headers after the first; the web server looks at its clocks once a second.
    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(12);

    private readonly int _count = FaultSize.Count(ci: 400); // --count counts the attackers' connections.

    [Fact]
    public async Task Slow_requests_are_cut_and_stand_in_nobodys_way()
    {
        // There are places for half of them only: those without a request go when others come.
        await using var server = await StartAsync(o => o.Connections.MaxPending = Math.Max(20, _count / 2));
        await PlayAsync(server, async () =>
        {
            var longest = await Attackers.SlowlorisAsync(server.Http, _count);
            Assert.InRange(longest, TimeSpan.Zero, LongestRequest);
            return $"the longest was let live for {longest.TotalSeconds:0.0} s; {Pending(server).TurnedAway} were turned away";
        });
        Assert.True(Pending(server).TurnedAway > 0);
    }

    [Fact]
    public async Task Upgrades_and_hangups_leave_nothing_behind()
    {
        await using var server = await StartAsync();
        await PlayAsync(server, async () => $"{await Attackers.HangUpsAsync(server.Http, _count * 10)} upgrades");
    }

    [Fact]
    public async Task Sockets_without_a_hello_are_closed_in_time()
    {
        await using var server = await StartAsync(o => o.Connections.HelloTimeout = HelloTimeout);
        await PlayAsync(server, async () =>
        {
            Assert.All(await Attackers.SilentSocketsAsync(server.Http, _count), end => Assert.Equal("4408 no hello in time, FIN", end));
            return "all were closed with 4408";
        });
    }

    [Fact]
    public async Task Floods_of_control_frames_are_closed_at_their_limit()
    {
        await using var server = await StartAsync();
        await PlayAsync(server, async () =>
        {
            Assert.All(await Attackers.ControlFramesAsync(server.Http, _count), end => Assert.Equal("1008 too many control frames, FIN", end));
            return "all were closed with 1008";
        });
    }

    private static Task<ChatServer> StartAsync(Action<ParleyOptions>? configure = null) => ChatServer.StartAsync(o =>
    {
        o.Sends.PerSecond = 0; // The honest user comes often.
        o.Storage.Synchronous = "normal"; // It is about connections, not about the disk.
        configure?.Invoke(o);
    });

    private async Task PlayAsync(ChatServer server, Func<Task<string>> flood)
    {
        output.WriteLine($"eng/faults floods --count {_count} --seed 0");
        await new HonestUser(server, "early").ChatAsync(Task.CompletedTask); // What is made once is made before the count.
        var before = Footprint.Now();
        var honest = new HonestUser(server, "honest");
        var flooding = flood();
        await honest.ChatAsync(flooding);
        output.WriteLine($"{await flooding}; the honest user came {honest.Rounds} times, and waited {honest.Longest.TotalMilliseconds:0} ms at most");
        Assert.InRange(honest.Longest, TimeSpan.Zero, Bar);

        var registry = server.Services.GetRequiredService<ConnectionRegistry>();
        await Eventually.TrueAsync(() => registry.Count == 0 && Pending(server).Count == 0);
        await Eventually.TrueAsync(() => Footprint.Now().IsBackAt(before));
    }

    private static PendingConnections Pending(ChatServer server) => server.Services.GetRequiredService<PendingConnections>();

    /// <summary>What the process holds: of the server, and of its clients, which are gone when it is compared.</summary>
    private sealed record Footprint(long Bytes, int Handles)
    {
        private const long BytesMore = 8 * 1024 * 1024;
        private const int HandlesMore = 20;

        public static Footprint Now() => new(
            GC.GetTotalMemory(forceFullCollection: true),
            OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0);

        public bool IsBackAt(Footprint before) => Bytes <= before.Bytes + BytesMore && Handles <= before.Handles + HandlesMore;
    }
}
