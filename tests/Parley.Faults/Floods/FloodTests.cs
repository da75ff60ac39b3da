using Parley.Faults.Kills;
using Parley.Testing;

namespace Parley.Faults.Floods;

/// <summary>
/// Floods of connections: an honest user gets in and through within half a second at any moment of them, the attackers are cut by
/// the documented limits, and nothing of them is left. The flood of logins comes with accounts.
/// </summary>
[Collection(ServerProcesses.Collection)]
[Trait(FaultSize.Trait, "floods")]
public sealed class FloodTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bar = TimeSpan.FromMilliseconds(500);

    // 5 s without a byte, or for the headers after the first; the web server looks at its clocks once a second.
    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(12);

    private readonly int _count = FaultSize.Count(ci: 400); // --count counts the attackers' connections.

    [Fact]
    public async Task Slow_requests_are_cut_and_stand_in_nobodys_way()
    {
        // There are places for half of them only: those without a request go when others come.
        await using var server = await FloodedServer.StartAsync(("PARLEY__Connections__MaxPending", $"{Math.Max(20, _count / 2)}"));
        await PlayAsync(server, async () =>
        {
            var longest = await Attackers.SlowlorisAsync(server.Address, _count);
            Assert.InRange(longest, TimeSpan.Zero, LongestRequest);
            return $"the longest was let live for {longest.TotalSeconds:0.0} s";
        });
        Assert.True(await server.TurnedAwayAsync() > 0);
    }

    [Fact]
    public async Task Upgrades_and_hangups_leave_nothing_behind()
    {
        await using var server = await FloodedServer.StartAsync();
        await PlayAsync(server, async () => $"{await Attackers.HangUpsAsync(server.Address, _count * 10)} upgrades");
    }

    [Fact]
    public async Task Sockets_without_a_hello_are_closed_in_time()
    {
        await using var server = await FloodedServer.StartAsync(("PARLEY__Connections__HelloTimeout", "1s"));
        await PlayAsync(server, async () =>
        {
            Assert.All(await Attackers.SilentSocketsAsync(server.Address, _count), end => Assert.Equal("4408 no hello in time, FIN", end));
            return "all were closed with 4408";
        });
    }

    [Fact]
    public async Task Floods_of_control_frames_are_closed_at_their_limit()
    {
        await using var server = await FloodedServer.StartAsync();
        await PlayAsync(server, async () =>
        {
            Assert.All(await Attackers.ControlFramesAsync(server.Address, _count), end => Assert.Equal("1008 too many control frames, FIN", end));
            return "all were closed with 1008";
        });
    }

    private async Task PlayAsync(FloodedServer server, Func<Task<string>> flood)
    {
        output.WriteLine($"eng/faults floods --count {_count} --seed 0");
        using var early = new HonestUser(server.Address, "early"); // What is made once is made before the count.
        early.Start();
        await early.EndAsync();
        server.Count();
        using var honest = new HonestUser(server.Address, "honest");
        honest.Start();
        await Eventually.TrueAsync(() => honest.Rounds > 0);
        string what;
        try
        {
            what = await flood();
        }
        finally
        {
            await honest.EndAsync();
        }

        output.WriteLine($"{what}; the honest user came {honest.Rounds} times, and waited {honest.Longest.TotalMilliseconds:0} ms at most");
        Assert.InRange(honest.Longest, TimeSpan.Zero, Bar);
        await server.IsAsBeforeAsync();
    }
}
