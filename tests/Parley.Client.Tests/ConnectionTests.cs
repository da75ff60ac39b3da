using Microsoft.Extensions.Time.Testing;
using Parley.Protocol;

namespace Parley.Client.Tests;

public sealed class ConnectionTests : ChatClientTest
{
    [Fact]
    public async Task Connecting_says_hello_and_ends_at_the_welcome()
    {
        var client = NewClient(o => o.ClientName = "test/1");
        Assert.IsType<ConnectionState.Closed>(client.State);
        Assert.Null(client.Me);
        var connecting = client.ConnectAsync();
        var connection = await Server.AcceptAsync();
        var hello = await connection.ExpectAsync("hello");
        Assert.False(connecting.IsCompleted);
        Assert.Equal((1, "test/1", "ana"), ((int?)hello["v"], (string?)hello["client"], (string?)hello["guest"]!["name"]));
        await connection.SendAsync(ScriptedServer.Welcome());
        await Bounded(connecting);
        Assert.IsType<ConnectionState.Live>(client.State);
        Assert.Equal("ana", client.Me!.Name);
        Assert.Equal(["lobby"], client.Rooms.Select(r => r.Room));
        Assert.Equal(65_536, client.Limits!.FrameBytes);
    }

    [Fact]
    public async Task Closing_closes_with_1000_and_ends_the_events()
    {
        var (client, connection) = await FollowingAsync();
        await connection.SendAsync(Wire.Event(1));
        Assert.Equal(["1"], await ReadAsync(client, 1));
        var reading = ReadAsync(client, 1);
        await client.CloseAsync(TestContext.Current.CancellationToken);
        Assert.Equal(CloseCode.Normal, await connection.Closed);
        Assert.Empty(await Bounded(reading));
        Assert.Equal(CloseCode.Normal, Assert.IsType<ConnectionState.Closed>(client.State).Code);
    }

    [Fact]
    public async Task A_closed_client_can_be_started_again()
    {
        var (client, _) = await FollowingAsync(after: 3);
        await client.CloseAsync(TestContext.Current.CancellationToken);
        var connecting = client.ConnectAsync(TestContext.Current.CancellationToken);
        var (connection, hello) = await Server.WelcomeAsync();
        await Bounded(connecting);
        Assert.Equal(3, (long?)hello["cursors"]!["lobby"]);
        await connection.SendAsync(Wire.Synced(3), Wire.Event(4));
        Assert.Equal(["4"], await ReadAsync(client, 1));
    }

    [Fact]
    public async Task An_unauthorized_client_stops_and_keeps_its_outbox()
    {
        var (client, connection) = await LiveAsync();
        var sending = client.SendAsync("lobby", "hi", "a");
        await connection.ExpectAsync("send");
        await connection.CloseAsync(CloseCode.Unauthorized, "token ended");
        var closed = await StateAsync<ConnectionState.Closed>(client);
        Assert.Equal((CloseCode.Unauthorized, "token ended"), (closed.Code, closed.Reason));
        var thrown = await Assert.ThrowsAsync<ChatException>(() => Bounded(sending));
        Assert.Equal((ErrorCode.Unauthorized, CloseCode.Unauthorized), (thrown.Code, thrown.CloseCode!.Value));
        await Assert.ThrowsAsync<ChatException>(() => client.SendAsync("lobby", "more"));
        Assert.Equal(["a"], Store.Load().Unsent.Select(m => m.Cid));
    }

    [Fact]
    public async Task A_refused_hello_fails_the_connect_with_what_the_server_said()
    {
        var connecting = NewClient().ConnectAsync(TestContext.Current.CancellationToken);
        var connection = await Server.AcceptAsync();
        await connection.SendAsync(Wire.Error(await connection.ExpectAsync("hello"), "forbidden"));
        await connection.CloseAsync(CloseCode.Forbidden, "");
        var thrown = await Assert.ThrowsAsync<ChatException>(() => Bounded(connecting));
        Assert.Equal((ErrorCode.Forbidden, "no: forbidden"), (thrown.Code, thrown.Message));
    }

    [Theory]
    [InlineData(401, ErrorCode.Unauthorized)]
    [InlineData(403, ErrorCode.Forbidden)]
    [InlineData(404, ErrorCode.BadRequest)]
    public async Task A_handshake_that_is_refused_for_good_fails_the_connect(int status, ErrorCode code)
    {
        Server.Refusal = status;
        var thrown = await Assert.ThrowsAsync<ChatException>(
            () => Bounded(NewClient().ConnectAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(code, thrown.Code);
        Assert.Equal(1, Server.Refused);
    }

    [Fact]
    public async Task A_server_that_is_away_is_tried_until_it_is_there()
    {
        Server.Refusal = 503;
        var connecting = NewClient().ConnectAsync(TestContext.Current.CancellationToken);
        while (Server.Refused < 3)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Server.Refusal = 0;
        await Server.WelcomeAsync();
        await Bounded(connecting);
    }

    [Fact]
    public async Task Cancelling_the_connect_gives_up_and_closes()
    {
        Server.Refusal = 503;
        using var patience = new CancellationTokenSource();
        var client = NewClient();
        var connecting = client.ConnectAsync(patience.Token);
        await StateAsync<ConnectionState.Waiting>(client);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Bounded(connecting));
        Assert.IsType<ConnectionState.Closed>(client.State);
    }

    [Fact]
    public async Task The_time_that_bye_names_is_kept()
    {
        var clock = new FakeTimeProvider();
        var (client, connection) = await LiveAsync(o => o.TimeProvider = clock);
        await connection.SendAsync(Wire.Bye(CloseCode.Restarting, reconnect: true, afterMs: 4_000));
        await connection.CloseAsync(CloseCode.Restarting, "");
        var waiting = await StateAsync<ConnectionState.Waiting>(client);
        Assert.Equal((TimeSpan.FromSeconds(4), "going"), (waiting.RetryIn, waiting.Reason));
        var accepting = Server.WelcomeAsync();
        clock.Advance(TimeSpan.FromMilliseconds(3_999));
        Assert.IsType<ConnectionState.Waiting>(client.State);
        Assert.False(accepting.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await Bounded(accepting);
    }

    [Fact]
    public async Task A_bye_without_return_stops_even_if_the_line_is_cut()
    {
        var (client, connection) = await LiveAsync();
        await connection.SendAsync(Wire.Bye(CloseCode.Forbidden, reconnect: false));
        await connection.CloseAsync(CloseCode.Forbidden, "");
        Assert.Equal(CloseCode.Forbidden, (await StateAsync<ConnectionState.Closed>(client)).Code);
    }

    [Fact]
    public async Task No_welcome_in_time_is_tried_again()
    {
        var clock = new FakeTimeProvider();
        _ = NewClient(o => o.TimeProvider = clock).ConnectAsync(TestContext.Current.CancellationToken);
        await (await Server.AcceptAsync()).ExpectAsync("hello");
        await AdvanceUntilAsync(clock, TimeSpan.FromSeconds(1), Server.WelcomeAsync());
    }

    [Fact]
    public async Task Silence_is_met_with_a_ping_and_then_with_a_new_connection()
    {
        var clock = new FakeTimeProvider();
        var (_, connection) = await LiveAsync(o => o.TimeProvider = clock);
        await AdvanceUntilAsync(clock, TimeSpan.FromSeconds(1), connection.ExpectAsync("ping"));
        await AdvanceUntilAsync(clock, TimeSpan.FromSeconds(1), Server.WelcomeAsync());
    }

    [Fact]
    public async Task A_machine_that_slept_probes_at_once_and_reconnects_if_nothing_answers()
    {
        var clock = new FakeTimeProvider();
        var (_, connection) = await LiveAsync(o => o.TimeProvider = clock);

        // The first ping, after silence, shows that the watch runs and has seen the time before the sleep.
        await AdvanceUntilAsync(clock, TimeSpan.FromSeconds(1), connection.ExpectAsync("ping"));
        clock.AdjustTime(clock.GetUtcNow().AddMinutes(10));
        clock.Advance(TimeSpan.FromSeconds(5));
        await connection.ExpectAsync("ping");
        await AdvanceUntilAsync(clock, TimeSpan.FromSeconds(1), Server.WelcomeAsync());
    }

    [Fact]
    public async Task Requests_are_answered_or_fail_with_the_line()
    {
        var (client, connection) = await LiveAsync();
        var history = client.ReadHistoryAsync("lobby", around: 5, limit: 10, cancellationToken: TestContext.Current.CancellationToken);
        var asked = await connection.ExpectAsync("hist");
        await connection.SendAsync(Wire.Ok(asked, ""","msgs":[{"seq":5,"ts":1,"by":"bob","k":"msg","text":"x"}],"covers":{"from":4,"to":6},"asof":9,"floor":2,"more":true"""));
        var page = await Bounded(history);
        Assert.Equal((5L, 4L, 9L, 2L, true), (page.Items[0].Seq, page.Covers!.From, page.AsOf, page.Floor, page.More));

        var members = client.WhoAsync("lobby", cancellationToken: TestContext.Current.CancellationToken);
        await connection.SendAsync(Wire.Ok(await connection.ExpectAsync("who"), ""","users":[{"name":"bob","online":true}],"count":1"""));
        Assert.Equal(("bob", 1, false), ((await Bounded(members)).Members[0].Name, (await members).Count, (await members).More));

        await client.SetTypingAsync("lobby", on: true, TestContext.Current.CancellationToken);
        Assert.Null((await connection.ExpectAsync("typing"))["id"]);

        var joining = client.JoinAsync("lobby", TestContext.Current.CancellationToken);
        await connection.ExpectAsync("join");
        connection.Cut();
        Assert.Equal(ErrorCode.Busy, (await Assert.ThrowsAsync<ChatException>(() => Bounded(joining))).Code);
    }

    [Fact]
    public async Task A_request_without_an_answer_fails_in_time()
    {
        var clock = new FakeTimeProvider();
        var (client, connection) = await LiveAsync(o =>
        {
            o.TimeProvider = clock;
            o.RequestTimeout = TimeSpan.FromSeconds(2);
        });
        var creating = client.CreateRoomAsync("team", "The Team", TestContext.Current.CancellationToken);
        Assert.Equal("The Team", (string?)(await connection.ExpectAsync("create"))["name"]);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.Busy, (await Assert.ThrowsAsync<ChatException>(() => Bounded(creating))).Code);
    }

    [Fact]
    public async Task A_guest_asks_again_for_the_name_it_was_given_and_takes_another_if_that_is_refused()
    {
        var client = NewClient(o => o.GuestName = null);
        var connecting = client.ConnectAsync(TestContext.Current.CancellationToken);
        var connection = await Server.AcceptAsync();
        Assert.Null((await connection.ExpectAsync("hello"))["guest"]!["name"]);
        await connection.SendAsync(ScriptedServer.Welcome(name: "guest-1234"));
        await Bounded(connecting);
        connection.Cut();

        connection = await Server.AcceptAsync();
        var hello = await connection.ExpectAsync("hello");
        Assert.Equal("guest-1234", (string?)hello["guest"]!["name"]);
        await connection.SendAsync(Wire.Error(hello, "conflict"));
        await connection.CloseAsync(CloseCode.Unauthorized, "");

        connection = await Server.AcceptAsync();
        Assert.Null((await connection.ExpectAsync("hello"))["guest"]!["name"]);
    }

    [Fact]
    public async Task Watchers_see_the_current_state_and_each_change()
    {
        var (client, connection) = await LiveAsync();
        var seen = new List<string>();
        using var bound = new CancellationTokenSource(ScriptedServer.Patience);
        await foreach (var state in client.WatchStateAsync(bound.Token))
        {
            seen.Add(state.GetType().Name);
            if (seen.Count == 1)
            {
                connection.Cut();
                await Server.WelcomeAsync();
            }

            if (seen.Count == 4)
            {
                break;
            }
        }

        Assert.Equal(["Live", "Waiting", "Connecting", "Live"], seen);
    }
}
