using Parley.Cli.Load;

namespace Parley.Cli.Tests.Load;

/// <summary>A server that breaks the promise is found out.</summary>
public sealed class FaultyServerTests
{
    [Fact]
    public async Task A_server_that_relays_faithfully_passes()
    {
        var summary = await RunAsync((_, frame) => [frame]);

        Assert.Empty(summary.Faults);
        Assert.True(summary.Sent > 20);
        Assert.Equal(summary.Sent * 5, summary.Delivered);
    }

    [Fact]
    public async Task A_message_left_out_is_found()
    {
        var summary = await RunAsync((number, frame) => number == 7 ? [] : [frame]);

        Assert.Equal((6, 0, 0), (summary.Lost, summary.Doubled, summary.Reordered));
    }

    [Fact]
    public async Task Everything_after_some_message_left_out_is_found()
    {
        var summary = await RunAsync((number, frame) => number > 9 ? [] : [frame]);

        Assert.Equal((summary.SentInAll - 9) * 6, summary.Lost);
    }

    [Fact]
    public async Task A_message_sent_twice_is_found()
    {
        var summary = await RunAsync((number, frame) => number == 7 ? [frame, frame] : [frame]);

        Assert.Equal((0, 6, 0), (summary.Lost, summary.Doubled, summary.Reordered));
    }

    [Fact]
    public async Task Messages_of_one_sender_out_of_order_are_found()
    {
        List<byte[]> held = [];
        var summary = await RunAsync((number, frame) =>
        {
            if (number is >= 5 and < 10)
            {
                held.Insert(0, frame);
                return number < 9 ? [] : held;
            }

            return [frame];
        }, senders: 1);

        // Five come backwards: the last is in time, four are late, at each of five listeners.
        Assert.Equal((0, 0, 20), (summary.Lost, summary.Doubled, summary.Reordered));
    }

    [Fact]
    public async Task A_server_that_cuts_off_is_found()
    {
        var summary = await RunAsync((number, frame) => number == 20 ? [[0x88, 2, 0x03, 0xF3]] : [frame]);

        Assert.Contains("the server closed with 1011", summary.CloseReasons.Keys);
        Assert.True(summary.Closed > 0);
        Assert.NotEmpty(summary.Faults);
    }

    [Fact]
    public async Task Fragments_are_refused_rather_than_half_understood()
    {
        var summary = await RunAsync((number, frame) => number == 7 ? [[0x01, 1, (byte)'a'], [0x80, 1, (byte)'b']] : [frame]);

        Assert.Contains(summary.CloseReasons.Keys, reason => reason.Contains("fragmented", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_closed_loop_goes_on_without_what_was_lost()
    {
        await using var server = new RelayServer((number, frame) => number == 7 ? [] : [frame]);
        var summary = await new LoadRun(Options(server) with { Window = 4, Duration = TimeSpan.FromSeconds(3) }, TimeProvider.System)
            .RunAsync(null, CancellationToken.None);

        Assert.Equal(6, summary.Lost);
        Assert.True(summary.SentInAll > 20);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(int.MaxValue, 0)]
    public async Task The_exit_code_tells(int lost, int expected)
    {
        await using var server = new RelayServer((number, frame) => number == lost ? [] : [frame]);
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await Cli.Commands.CommandLine.RunAsync(
            ["load", server.Url, "--raw", "--json", "--clients", "5", "--senders", "2", "--rate", "30", "--duration", "1s"], output, error);

        Assert.Equal(expected, code);
        Assert.Contains($"\"ok\":{(expected == 0 ? "true" : "false")}", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(error.ToString());
    }

    private static async Task<LoadSummary> RunAsync(Func<int, byte[], IEnumerable<byte[]>> deliver, int senders = 2)
    {
        await using var server = new RelayServer(deliver);
        return await new LoadRun(Options(server) with { Senders = senders }, TimeProvider.System).RunAsync(null, CancellationToken.None);
    }

    private static LoadOptions Options(RelayServer server) => new()
    {
        Url = new Uri(server.Url),
        Raw = true,
        Clients = 5,
        Senders = 2,
        Rate = 30,
        Duration = TimeSpan.FromSeconds(1),
        Settle = TimeSpan.FromMilliseconds(50),
        Quiet = TimeSpan.FromSeconds(1),
    };
}
