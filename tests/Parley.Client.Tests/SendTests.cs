using Microsoft.Extensions.Time.Testing;
using Parley.Protocol;

namespace Parley.Client.Tests;

public sealed class SendTests : ChatClientTest
{
    [Fact]
    public async Task A_message_is_stored_when_its_answer_comes()
    {
        var (client, connection) = await LiveAsync();
        var sending = client.SendAsync("lobby", "hi ☕");
        var send = await connection.ExpectAsync("send");
        Assert.Equal(22, ((string?)send["cid"])!.Length);
        Assert.True(Names.IsCid((string?)send["cid"]));
        Assert.Equal("hi ☕", (string?)send["text"]);
        Assert.Equal(1, client.UnsentCount);
        await connection.SendAsync(Wire.Stored(send, 7));
        Assert.Equal(new SentMessage(7, 70, false), await Bounded(sending));
        Assert.Equal(0, client.UnsentCount);
        Assert.Empty(Store.Load().Unsent);
    }

    [Fact]
    public async Task After_a_cut_everything_without_an_answer_goes_again_in_order_with_its_cid()
    {
        var (client, connection) = await LiveAsync(o => o.SendWindow = 16);
        Task<SentMessage>[] sending = [.. "abc".Select(c => client.SendAsync("lobby", $"{c}", $"{c}"))];
        foreach (var cid in "abc")
        {
            Assert.Equal($"{cid}", (string?)(await connection.ExpectAsync("send"))["cid"]);
        }

        connection.Cut();
        (connection, _) = await Server.WelcomeAsync();
        for (var n = 0; n < 3; n++)
        {
            var send = await connection.ExpectAsync("send");
            Assert.Equal($"{"abc"[n]}", (string?)send["cid"]);
            await connection.SendAsync(Wire.Stored(send, n + 1, dup: n == 0));
        }

        Assert.Equal([new(1, 10, true), new(2, 20, false), new(3, 30, false)], await Bounded(Task.WhenAll(sending)));
    }

    [Fact]
    public async Task Messages_written_while_away_are_sent_on_return_and_survive_the_process()
    {
        var (client, connection) = await LiveAsync();
        Server.Refusal = 503;
        connection.Cut();
        await StateAsync<ConnectionState.Waiting>(client);
        var first = client.SendAsync("lobby", "one", "a");
        var second = client.SendAsync("lobby", "two", "b");
        await client.DisposeAsync();
        Assert.Equal(CloseCode.Normal, (await Assert.ThrowsAsync<ChatException>(() => first)).CloseCode);
        await Assert.ThrowsAsync<ChatException>(() => second);

        Server.Refusal = 0;
        var again = NewClient();
        _ = again.ConnectAsync();
        (connection, _) = await Server.WelcomeAsync();
        foreach (var cid in "ab")
        {
            var send = await connection.ExpectAsync("send");
            Assert.Equal($"{cid}", (string?)send["cid"]);
            await connection.SendAsync(Wire.Stored(send, 1));
        }

        var third = again.SendAsync("lobby", "three", "c");
        await connection.SendAsync(Wire.Stored(await connection.ExpectAsync("send"), 3));
        await Bounded(third);
        Assert.Empty(Store.Load().Unsent);
    }

    [Fact]
    public async Task Sending_the_same_cid_again_while_it_waits_gives_the_same_place()
    {
        var (client, connection) = await LiveAsync();
        var one = client.SendAsync("lobby", "hi", "a");
        var two = client.SendAsync("lobby", "hi", "a");
        Assert.Equal(ErrorCode.Conflict, (await Assert.ThrowsAsync<ChatException>(() => client.SendAsync("lobby", "else", "a"))).Code);
        await connection.SendAsync(Wire.Stored(await connection.ExpectAsync("send"), 7));
        Assert.Equal(await Bounded(one), await Bounded(two));
        Assert.Equal(0, connection.Waiting);
    }

    [Fact]
    public async Task A_permanent_refusal_throws_and_the_next_message_goes()
    {
        var (client, connection) = await LiveAsync();
        var refused = client.SendAsync("lobby", "one");
        var stored = client.SendAsync("lobby", "two");
        await connection.SendAsync(Wire.Error(await connection.ExpectAsync("send"), "muted"));
        await connection.SendAsync(Wire.Stored(await connection.ExpectAsync("send"), 1));
        var thrown = await Assert.ThrowsAsync<ChatException>(() => Bounded(refused));
        Assert.Equal((ErrorCode.Muted, "no: muted"), (thrown.Code, thrown.Message));
        await Bounded(stored);
        Assert.Empty(Store.Load().Unsent);
    }

    [Fact]
    public async Task A_refusal_for_which_nobody_waits_is_yielded()
    {
        Store.AddUnsent(new UnsentMessage("lobby", "old", "from an earlier process"));
        var (client, connection) = await LiveAsync();
        await connection.SendAsync(Wire.Error(await connection.ExpectAsync("send"), "not_member"));
        Assert.Equal(["refused old NotMember"], await ReadAsync(client, 1));
    }

    [Fact]
    public async Task A_rate_limit_keeps_the_order_and_waits_as_told()
    {
        var clock = new FakeTimeProvider();
        var (client, connection) = await LiveAsync(o => o.TimeProvider = clock);
        Task<SentMessage>[] sending = [.. "abc".Select(c => client.SendAsync("lobby", $"{c}", $"{c}"))];
        await connection.SendAsync(Wire.Error(await connection.ExpectAsync("send"), "rate_limited", ""","retry_ms":700"""));

        // An answered ping shows that the refusal has been read.
        var ping = client.PingAsync();
        var pinged = await connection.ExpectAsync("ping");
        await connection.SendAsync($$"""{"t":"pong","re":{{pinged["id"]}},"ts":0,"now":1}""");
        await Bounded(ping);
        clock.Advance(TimeSpan.FromMilliseconds(699));
        Assert.Equal(0, connection.Waiting);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var cid in "abc")
        {
            var send = await connection.ExpectAsync("send");
            Assert.Equal($"{cid}", (string?)send["cid"]);
            await connection.SendAsync(Wire.Stored(send, cid - 'a' + 1));
        }

        Assert.Equal([1, 2, 3], (await Bounded(Task.WhenAll(sending))).Select(s => s.Seq));
    }

    [Fact]
    public async Task A_full_outbox_makes_callers_wait_in_order_and_a_cancelled_one_is_not_sent()
    {
        var (client, connection) = await LiveAsync(o => o.OutboxCapacity = 1);
        using var patience = new CancellationTokenSource();
        var first = client.SendAsync("lobby", "a", "a");
        var second = client.SendAsync("lobby", "b", "b", patience.Token);
        var third = client.SendAsync("lobby", "c", "c", CancellationToken.None);
        Assert.Single(Store.Load().Unsent);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await connection.SendAsync(Wire.Stored(await connection.ExpectAsync("send"), 1));
        var next = await connection.ExpectAsync("send");
        Assert.Equal("c", (string?)next["cid"]);
        await connection.SendAsync(Wire.Stored(next, 2));
        await Bounded(Task.WhenAll(first, third));
    }

    [Fact]
    public async Task A_caller_that_stops_waiting_does_not_stop_the_message()
    {
        var (client, connection) = await LiveAsync();
        using var patience = new CancellationTokenSource();
        var sending = client.SendAsync("lobby", "a", "a", patience.Token);
        var send = await connection.ExpectAsync("send");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(1, client.UnsentCount);
        connection.Cut();
        (connection, _) = await Server.WelcomeAsync();
        Assert.Equal("a", (string?)(await connection.ExpectAsync("send"))["cid"]);
        Assert.NotNull(send["id"]);
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_refused_before_it_costs_the_connection()
    {
        var (client, connection) = await LiveAsync();
        var thrown = await Assert.ThrowsAsync<ChatException>(() => client.SendAsync("lobby", new string('x', 16_385)));
        Assert.Equal(ErrorCode.TooLarge, thrown.Code);
        var controls = client.SendAsync("lobby", new string('\u0001', 16_000));
        Assert.Equal(ErrorCode.TooLarge, (await Assert.ThrowsAsync<ChatException>(() => Bounded(controls))).Code);
        Assert.Equal((0, 0), (connection.Waiting, client.UnsentCount));
    }

    [Fact]
    public async Task A_message_without_an_answer_makes_the_client_reconnect_and_send_it_again()
    {
        var clock = new FakeTimeProvider();
        var (client, connection) = await LiveAsync(o =>
        {
            o.TimeProvider = clock;
            o.RequestTimeout = TimeSpan.FromSeconds(12);
        });
        var sending = client.SendAsync("lobby", "a", "a");
        await connection.ExpectAsync("send");
        var (next, _) = await AdvanceUntilAsync(clock, TimeSpan.FromSeconds(1), Server.WelcomeAsync());
        await next.SendAsync(Wire.Stored(await next.ExpectAsync("send"), 1));
        await Bounded(sending);
    }
}
