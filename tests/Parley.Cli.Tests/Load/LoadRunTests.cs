using Parley.Cli.Load;
using Parley.Testing;

namespace Parley.Cli.Tests.Load;

/// <summary>The real thing against a real server in this process, about two seconds each.</summary>
public sealed class LoadRunTests
{
    [Theory]
    [InlineData("line", false)]
    [InlineData("line", true)]
    [InlineData("json", false)]
    public async Task In_the_closed_loop_everything_arrives(string dialect, bool portable)
    {
        await using var server = await ChatServer.StartAsync(options => options.LiftLimits());

        var summary = await RunAsync(Options(server) with { Dialect = Named(dialect), Window = 16, Warm = TimeSpan.FromMilliseconds(500) }, portable);

        Assert.Empty(summary.Faults);
        Assert.True(summary.Sent > 50);
        Assert.True(summary.SentInAll > summary.Sent);
        // A message goes out while the window has any room, so up to 17 were under way when the measuring began.
        Assert.InRange(summary.Delivered, summary.Sent * 40, ((summary.Sent + 17) * 40) - 1);
        Assert.Equal(dialect == "json" ? summary.SentInAll : 0, summary.Acked);
        Assert.True(summary.Latency.P50 > 0);
        if (OperatingSystem.IsLinux())
        {
            Assert.NotNull(summary.Server);
        }
    }

    [Theory]
    [InlineData("line")]
    [InlineData("json")]
    public async Task The_stalled_wake_and_get_everything_while_others_come_go_and_break_their_silence(string dialect)
    {
        await using var server = await ChatServer.StartAsync(options => options.LiftLimits());

        var summary = await RunAsync(Options(server) with
        {
            Dialect = Named(dialect),
            Room = "load",
            Rate = 50,
            Payload = 2_000,
            Stalled = 3,
            StallFor = TimeSpan.FromSeconds(1.5),
            Churn = 10,
            Idle = 5,
            IdleAfter = TimeSpan.FromSeconds(1),
        });

        Assert.Empty(summary.Faults);
        Assert.Equal(5, summary.IdleSpoken);
        Assert.True(summary.ChurnJoins >= 15);
        Assert.Equal(3 * summary.SentInAll, summary.StalledExpected);
        Assert.Equal(summary.StalledExpected, summary.StalledDelivered);
    }

    [Fact]
    public async Task The_stalled_who_never_wake_cost_the_others_nothing()
    {
        await using var server = await ChatServer.StartAsync(options => options.LiftLimits());

        var summary = await RunAsync(Options(server) with { Window = 16, Payload = 2_000, Stalled = 3 });

        Assert.Empty(summary.Faults);
        Assert.Equal((0, 0, 0), (summary.StalledExpected, summary.StalledDelivered, summary.StalledClosed));
    }

    [Theory]
    [InlineData("line")]
    [InlineData("json")]
    public async Task What_a_limit_refuses_is_said_and_not_taken_for_lost(string dialect)
    {
        await using var server = await ChatServer.StartAsync(options => options.Sends.Burst = 3);

        var summary = await RunAsync(Options(server) with { Dialect = Named(dialect), Rate = 30, Duration = TimeSpan.FromSeconds(1) });

        Assert.True(summary.Refused > 0);
        Assert.Equal(0, summary.Lost);
        Assert.NotEmpty(summary.Faults);
    }

    [Fact]
    public async Task A_run_that_is_told_to_stop_still_sums_up()
    {
        await using var server = await ChatServer.StartAsync(options => options.LiftLimits());
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));

        var summary = await new LoadRun(Options(server) with { Duration = TimeSpan.FromHours(1), Rate = 100 }, TimeProvider.System)
            .RunAsync(null, stop.Token);

        Assert.True(summary.Interrupted);
        Assert.True(summary.Sent > 0);
        Assert.Empty(summary.Faults);
    }

    [Fact]
    public async Task Without_a_server_the_reason_is_said()
    {
        var server = await ChatServer.StartAsync();
        var options = Options(server);
        await server.DisposeAsync();

        var summary = await RunAsync(options);

        Assert.Contains("refused", Assert.Single(summary.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_upgrade_is_quoted()
    {
        await using var server = await ChatServer.StartAsync();

        var summary = await RunAsync(Options(server) with { Url = new Uri($"ws://{server.Http.Authority}/nothing") });

        Assert.Contains("404", Assert.Single(summary.Faults), StringComparison.Ordinal);
    }

    private static Task<LoadSummary> RunAsync(LoadOptions options, bool portable = false) =>
        new LoadRun(options, TimeProvider.System) { Portable = portable }.RunAsync(null, CancellationToken.None);

    private static LoadDialect Named(string dialect) => Enum.Parse<LoadDialect>(dialect, ignoreCase: true);

    private static LoadOptions Options(ChatServer server) => new()
    {
        Url = server.WebSocket,
        Clients = 40,
        Senders = 3,
        NamePrefix = "load",
        Duration = TimeSpan.FromSeconds(2),
        Settle = TimeSpan.FromMilliseconds(200),
    };
}
