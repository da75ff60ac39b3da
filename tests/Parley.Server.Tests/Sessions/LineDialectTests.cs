using Parley.Server.Tests.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

/// <summary>The line dialect: what a person with any WebSocket client sees.</summary>
public sealed class LineDialectTests(SharedServer servers) : IClassFixture<SharedServer>
{
    private static int _rooms;

    private readonly string _room = $"room-{Interlocked.Increment(ref _rooms)}";

    [Fact]
    public async Task A_line_goes_to_all_others_and_never_back()
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await using var carla = await EnterAsync("carla", ana, bob);

        await ana.SendTextAsync("hi");
        await bob.SendTextAsync("hello\nyou two");

        Assert.Equal(["bob: hello\nyou two"], await TextsAsync(ana, 1));
        Assert.Equal(["ana: hi"], await TextsAsync(bob, 1));
        Assert.Equal(["ana: hi", "bob: hello\nyou two"], await TextsAsync(carla, 2));
    }

    [Fact]
    public async Task Two_devices_of_one_user_see_each_other()
    {
        await using var phone = await EnterAsync("ana");
        await using var laptop = await EnterAsync("ana");
        await phone.SendTextAsync("from the phone");
        Assert.Equal("ana: from the phone", await laptop.ReceiveTextAsync());
        Assert.Empty(await phone.RoundTripAsync());
    }

    [Fact]
    public async Task A_visitor_enters_without_a_trace_and_gets_a_name_of_its_own()
    {
        await using var ana = await EnterAsync("ana");
        await using var visitor = await EnterAsync(null);
        await visitor.SendTextAsync("/who");
        Assert.Equal($"* {_room}: ana", await visitor.ReceiveTextAsync());

        await visitor.SendTextAsync("may I?");
        Assert.Matches("^guest-[a-z0-9]{4}: may I\\?$", await ana.ReceiveTextAsync());
        await visitor.SendTextAsync("/who");
        Assert.Equal($"* {_room}: ana", await visitor.ReceiveTextAsync());
    }

    [Fact]
    public async Task Who_help_and_me_answer()
    {
        await using var ana = await EnterAsync("ana");
        await using var zoe = await EnterAsync("Zoe", ana);
        await ana.SendTextAsync("/who");
        Assert.Equal($"* {_room}: ana, Zoe", await ana.ReceiveTextAsync());
        await ana.SendTextAsync("/me waves\n at you ");
        Assert.Equal("* ana waves\n at you", await zoe.ReceiveTextAsync());
        await ana.SendTextAsync("/help");
        var help = await ana.ReceiveTextAsync();
        foreach (var word in new[] { "/join ROOM", "/nick NAME", "/who", "/last N", "/me ACTION", "/help", "/quit", "//", "no acks" })
        {
            Assert.Contains(word, help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Last_shows_what_was_said_also_ones_own()
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await ana.SendTextAsync("one");
        await ana.SendTextAsync("/me is second");
        await bob.ReceiveTextAsync("is second");
        await ana.SendTextAsync("/last 2");

        Assert.Equal(["ana: one", "* ana is second"], await TextsAsync(ana, 2));
    }

    [Theory]
    [InlineData("/last", "/last takes a number from 1 to 100")]
    [InlineData("/last 0", "/last takes a number from 1 to 100")]
    [InlineData("/last 101", "/last takes a number from 1 to 100")]
    [InlineData("/last -1", "/last takes a number from 1 to 100")]
    [InlineData("/join", "A room id is 1 to 32 of a-z")]
    [InlineData("/join No Room", "A room id is 1 to 32 of a-z")]
    [InlineData("/join @me", "A room id is 1 to 32 of a-z")]
    [InlineData("/nick", "A name is 1 to 32 letters")]
    [InlineData("/nick two words", "A name is 1 to 32 letters")]
    [InlineData("/nick \u001b[31mred", "A name is 1 to 32 letters")]
    [InlineData("/me", "/me is no command, or lacks a word")]
    [InlineData("/Who", "/Who is no command, or lacks a word")]
    [InlineData("/\u001b]0;title\u0007", "/]0;title is no command")]
    public async Task A_command_that_cannot_be_done_says_why_and_changes_nothing(string command, string answer)
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await ana.SendTextAsync(command);
        Assert.StartsWith("* " + answer, await ana.ReceiveTextAsync(), StringComparison.Ordinal);

        await bob.SendTextAsync("still there?");
        Assert.Equal("bob: still there?", await ana.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("//quit is a command", "/quit is a command")]
    [InlineData("///", "//")]
    [InlineData("a / b", "a / b")]
    public async Task A_line_that_begins_with_two_slashes_is_a_message(string sent, string received)
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await ana.SendTextAsync(sent);
        Assert.Equal("ana: " + received, await bob.ReceiveTextAsync());
    }

    [Fact]
    public async Task Quit_closes_with_1000()
    {
        await using var ana = await EnterAsync("ana");
        await ana.SendTextAsync("/quit");
        Assert.Equal("1000 bye, FIN", await ana.ReceiveFarewellAsync());
    }

    [Theory]
    [InlineData("a\u001b[31mb\u0007c", "a[31mbc")]
    [InlineData("tab\tand\nline", "tab\tand\nline")]
    [InlineData("car\rriage\u007f", "carriage")]
    [InlineData("c1 \u009b31m\u0085", "c1 31m")]
    [InlineData("bidi \u202eabc\u202c \u2066x\u2069", "bidi abc x")]
    [InlineData("zero\u200bwidth\ufeff", "zerowidth")]
    [InlineData("tag\U000E0041s", "tags")]
    [InlineData("é – 日本 😀 e\u0301", "é – 日本 😀 e\u0301")]
    public async Task What_could_act_on_a_terminal_is_taken_out(string sent, string shown)
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await ana.SendTextAsync(sent);
        Assert.Equal("ana: " + shown, await bob.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_text_over_the_limit_is_refused_and_one_at_the_limit_is_not()
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await ana.SendTextAsync(new string('x', 16_385));
        Assert.Equal("* not sent: A text has at most 16384 bytes; send it in parts.", await ana.ReceiveTextAsync());
        await ana.SendTextAsync("");
        await ana.SendTextAsync(new string('y', 16_384));
        Assert.Equal("ana: " + new string('y', 16_384), await bob.ReceiveTextAsync());
    }

    [Fact]
    public async Task Join_moves_to_a_room_and_creates_it_when_there_is_none()
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await bob.SendTextAsync($"/join {_room}-b");
        Assert.Equal($"* you are in {_room}-b", await bob.ReceiveTextAsync());
        await bob.SendTextAsync("alone");
        Assert.Empty(await ana.RoundTripAsync());
        await Eventually.TrueAsync(() => Wired.Room(servers.Plain, $"{_room}-b").Head == 3);

        await ana.SendTextAsync($"/join {_room}-b");
        Assert.Equal($"* you are in {_room}-b", await ana.ReceiveTextAsync());
        await ana.SendTextAsync("here I am");
        Assert.Equal(["* ana joined", "ana: here I am"], await TextsAsync(bob, 2));
        await ana.SendTextAsync("/last 5");
        Assert.Equal(["* bob created the room", "* bob joined", "bob: alone", "* ana joined", "ana: here I am"], await TextsAsync(ana, 5));
    }

    [Fact]
    public async Task Joining_the_room_one_is_in_loses_nothing()
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        for (var i = 0; i < 100; i++)
        {
            await bob.SendTextAsync($"{i}");
            await ana.SendTextAsync($"/join {_room}");
        }

        var seen = (await TextsAsync(ana, 200)).Where(t => t.StartsWith("bob: ", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"bob: {i}"), seen);
    }

    [Fact]
    public async Task Nick_changes_the_name_and_others_see_it()
    {
        await using var ana = await EnterAsync("ana");
        await using var bob = await EnterAsync("bob", ana);
        await bob.SendTextAsync("/nick Robert");
        Assert.Equal("* you are Robert", await bob.ReceiveTextAsync("you are"));
        await bob.SendTextAsync("it's me");
        Assert.Equal(["* bob left", "* Robert joined", "Robert: it's me"], await TextsAsync(ana, 3));
        await ana.SendTextAsync("hi Robert");
        Assert.Equal("ana: hi Robert", await bob.ReceiveTextAsync());
    }

    [Fact]
    public async Task Nick_to_ones_own_name_changes_nothing_for_other_devices()
    {
        await using var phone = await EnterAsync("ana");
        await using var laptop = await EnterAsync("ana");
        await laptop.SendTextAsync("/nick ANA");
        Assert.Equal("* you are ana", await laptop.ReceiveTextAsync());
        await laptop.SendTextAsync("still me");
        Assert.Equal("ana: still me", await phone.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_visitor_with_a_nick_is_a_member()
    {
        await using var visitor = await EnterAsync(null);
        await visitor.SendTextAsync("/nick vera");
        Assert.Equal("* you are vera", await visitor.ReceiveTextAsync());
        await visitor.SendTextAsync("/who");
        Assert.Contains("vera", await visitor.ReceiveTextAsync("* " + _room), StringComparison.Ordinal);
    }

    private static async Task<List<string>> TextsAsync(WireClient client, int count)
    {
        var texts = new List<string>();
        for (var i = 0; i < count; i++)
        {
            texts.Add(await client.ReceiveTextAsync());
        }

        return texts;
    }

    /// <summary>Enters the test's room, and has those who were there see it.</summary>
    private async Task<WireClient> EnterAsync(string? name, params WireClient[] others)
    {
        var client = await WireClient.LineAsync(servers.Plain, name, _room);
        Assert.All(await client.RoundTripAsync(), f => Assert.EndsWith("created the room", f.Text, StringComparison.Ordinal));
        foreach (var other in others)
        {
            Assert.Equal($"* {name} joined", await other.ReceiveTextAsync());
        }

        return client;
    }
}
