using System.Text;
using Parley.Cli.Load;

namespace Parley.Cli.Tests.Load;

/// <summary>What comes from a server is understood and counted, without a server.</summary>
public sealed class DialectTests
{
    private static readonly LoadOptions Options = new() { Url = new Uri("ws://127.0.0.1:1/ws"), Clients = 2, Senders = 2, NamePrefix = "u" };

    [Fact]
    public void A_line_is_a_message_wherever_its_stamp_stands()
    {
        var run = new Run(Options);

        run.Say(0);
        run.Hear(0, $"guest-t=t=: {Text(0, 1)}xxxx");
        run.Hear(1, Text(0, 1));

        Assert.Equal((2, 0), (run.Tally.Delivered(LoadRole.Listener), run.Tally.Check.Doubled));
        Assert.Equal(0, run.Tally.MissingAt(0));
    }

    [Fact]
    public void Several_messages_may_come_in_one_frame()
    {
        var run = new Run(Options with { Payload = 48 });

        run.Say(0);
        run.Say(0);
        run.Hear(0, $"a: {Text(0, 1)}xxxxxxxxxx a: {Text(0, 2)}xxxxxxxxxx");
        run.Hear(0, "* bob joined");

        Assert.Equal(2, run.Tally.Delivered(LoadRole.Listener));
        Assert.Equal(0, run.Tally.MissingAt(0));
    }

    [Fact]
    public void However_many_messages_a_frame_holds_none_is_missed()
    {
        var run = new Run(Options with { Payload = 48, Raw = true });
        var number = 0;
        foreach (var messages in (int[])[1, 3, 3, 3, 2, 2, 1, 4, 4, 2])
        {
            var frame = new StringBuilder();
            for (var i = 0; i < messages; i++)
            {
                run.Say(0);
                frame.Append(Text(0, ++number)).Append("xxxxxxxxxx\n");
            }

            run.Hear(0, frame.ToString());
        }

        Assert.Equal((number, 0, 0), (run.Tally.Delivered(LoadRole.Listener), run.Tally.MissingAt(0), run.Tally.Check.Reordered));
    }

    [Fact]
    public void In_the_line_dialect_a_message_must_not_come_back_but_a_raw_server_may_send_it_back()
    {
        var run = new Run(Options);
        run.Say(0);
        run.Hear(2, Text(0, 1));
        Assert.Equal(1, run.Tally.Check.Doubled);

        run = new Run(Options with { Raw = true });
        run.Say(0);
        run.Hear(2, Text(0, 1));
        Assert.Equal((0, 0), (run.Tally.Check.Doubled, run.Tally.Delivered(LoadRole.Sender)));
        run.Hear(2, Text(0, 1));
        Assert.Equal(1, run.Tally.Check.Doubled);
    }

    [Fact]
    public void A_refused_line_is_nobodys_loss()
    {
        var run = new Run(Options);

        run.Say(0);
        run.Hear(2, "* not sent: too fast");

        Assert.True(run.Tally.IsComplete);
        Assert.Equal((0, 1), (run.Tally.MissingAt(0), run.Tally.RefusalReasons.Counts["too fast"]));
    }

    [Fact]
    public void Somebody_elses_load_is_not_ours()
    {
        var run = new Run(Options);

        run.Hear(0, Text(77, 1));

        Assert.Equal(0, run.Tally.Delivered(LoadRole.Listener));
    }

    [Fact]
    public void Events_are_taken_in_any_order_of_fields_and_several_in_a_frame()
    {
        var run = new Run(Options with { Dialect = LoadDialect.Json });
        run.Enter(0, head: 10);

        run.Say(0);
        run.Say(0);
        run.Say(1);
        run.Hear(0, Event(11, 0, 1) + "\n" + $$"""{"seq":12,"text":"{{Text(0, 2)}}","k":"msg","room":"lobby","t":"ev"}""" + "\n");
        run.Hear(0, Event(13, 1, 1));

        Assert.Equal(3, run.Tally.Delivered(LoadRole.Listener));
        Assert.Equal((0, 0, 0), (run.Tally.SeqHoles, run.Tally.SeqRepeats, run.Tally.MissingAt(0)));
    }

    [Fact]
    public void A_number_left_out_or_repeated_is_seen_even_if_it_is_no_message_of_ours()
    {
        var run = new Run(Options with { Dialect = LoadDialect.Json });
        run.Enter(0, head: 0);

        run.Hear(0, """{"t":"ev","room":"lobby","seq":1,"ts":1,"by":"x","k":"join"}""");
        run.Hear(0, """{"t":"ev","room":"lobby","seq":4,"ts":1,"by":"x","k":"join"}""");
        run.Hear(0, """{"t":"ev","room":"lobby","seq":4,"ts":1,"by":"x","k":"join"}""");
        run.Hear(0, """{"t":"sig","k":"typing","room":"lobby","by":"x","on":true}""");

        Assert.Equal((2, 1), (run.Tally.SeqHoles, run.Tally.SeqRepeats));
    }

    [Fact]
    public void Every_send_is_answered_once()
    {
        var run = new Run(Options with { Dialect = LoadDialect.Json });
        run.Enter(2, head: 0);

        run.Say(0);
        run.Say(0);
        run.Clients[2].Unanswered.Add(1, 100);
        run.Clients[2].Unanswered.Add(2, 100);
        run.Hear(2, """{"t":"ok","re":100000001,"seq":1,"ts":1}""");
        run.Hear(2, """{"t":"ok","re":100000001,"seq":1,"ts":1}""");
        run.Hear(2, """{"t":"err","re":100000002,"code":"rate_limited","msg":"slow down","temp":true}""");

        Assert.Equal((1, 1, 1), (run.Tally.Acked, run.Tally.StrayAcks, run.Tally.Refused));
        Assert.Equal(1, run.Tally.RefusalReasons.Counts["rate_limited: slow down"]);
    }

    [Theory]
    [InlineData("""{"t":"err","re":1,"code":"unauthorized","msg":"no"}""", "unauthorized: no")]
    [InlineData("""{"t":"bye","code":1012,"reason":"restarting","reconnect":true}""", "restarting")]
    [InlineData("""{"t":"ev",""", "not JSON")]
    public void What_ends_a_visit_is_said(string frame, string expected)
    {
        var run = new Run(Options with { Dialect = LoadDialect.Json });

        Assert.Contains(expected, run.Hear(0, frame), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_leaves_is_no_longer_waited_for_but_has_lost_the_rest()
    {
        var run = new Run(Options);

        run.Say(0);
        run.Hear(0, Text(0, 1));
        run.Say(0);
        run.Hear(0, Text(0, 2));
        run.Hear(3, Text(0, 1));
        run.Hear(3, Text(0, 2));
        Assert.False(run.Tally.IsComplete);
        run.Tally.Leave(1, got: 0);

        Assert.True(run.Tally.IsComplete);
        Assert.Equal(2, run.Tally.MissingAt(1));
    }

    private static string Text(int voice, int number) => $"t=0000000000000000001;n={voice:D4}.{number:D8};";

    private static string Event(long seq, int voice, int number) =>
        $$"""{"t":"ev","room":"lobby","seq":{{seq}},"ts":1,"by":"u-2","k":"msg","cid":"c","text":"{{Text(voice, number)}}xx"}""";

    // Connections 0 and 1 listen, 2 and 3 send.
    private sealed class Run
    {
        private readonly ILoadDialect _dialect;

        public Run(LoadOptions options)
        {
            var plan = new LoadPlan(options);
            Tally = new LoadTally(options, plan);
            _dialect = options.Dialect == LoadDialect.Json
                ? new JsonDialect(options, plan, Tally, "run")
                : new LineDialect(options, plan, Tally);
            Clients = [.. Enumerable.Range(0, 4).Select(i => new LoadClient(i, plan.RoleOf(i), plan.VoiceOf(i)))];
            foreach (var client in Clients)
            {
                Tally.Join(client.Role);
            }
        }

        public LoadTally Tally { get; }

        public List<LoadClient> Clients { get; }

        public void Say(int voice) => Tally.Send(2 + voice, voice);

        public string? Hear(int client, string frame) => _dialect.Receive(Clients[client], Encoding.UTF8.GetBytes(frame), 1_000);

        public void Enter(int client, long head)
        {
            Clients[client].State = LoadState.Entering;
            Hear(client, """{"t":"welcome","v":1,"you":{"name":"u-0","role":"guest"},"rooms":[{"room":"lobby","head":3}]}""");
            Hear(client, $$"""{"t":"ok","re":4,"head":{{head}},"floor":1}""" + "\n" + $$"""{"t":"synced","room":"lobby","head":{{head}}}""");
            Assert.Equal(LoadState.Ready, Clients[client].State);
        }
    }
}
