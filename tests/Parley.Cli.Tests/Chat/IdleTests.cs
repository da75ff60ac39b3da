using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Parley.Cli.Chat;
using Parley.Cli.Settings;

namespace Parley.Cli.Tests.Chat;

public sealed class IdleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSession _scripted;
    private readonly ConcurrentQueue<ChatEvent> _shown = [];
    private bool _isStuck;

    public IdleTests() => _scripted = new() { StoresAtOnce = _ => !_isStuck };

    [Fact]
    public async Task A_quiet_user_is_spoken_for_once_in_each_period()
    {
        var (chat, running) = Start("30s");

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("zzz", (await _scripted.NextAsync()).Text);
        await chat.Type("awake", TestContext.Current.CancellationToken);
        Assert.Equal("awake", (await _scripted.NextAsync()).Text);

        _time.Advance(TimeSpan.FromSeconds(29));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("zzz", (await _scripted.NextAsync()).Text);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("zzz", (await _scripted.NextAsync()).Text);

        chat.EndInput();
        Assert.Equal(0, await running);
        Assert.Empty(_scripted.Rest());
        Assert.Equal(Enumerable.Repeat(new ChatStatus("(idle) zzz"), 3), _shown);
    }

    [Fact]
    public async Task Any_key_begins_the_period_anew()
    {
        var (chat, running) = Start("30s");

        _time.Advance(TimeSpan.FromSeconds(20));
        chat.Touch();
        _time.Advance(TimeSpan.FromSeconds(29));
        await chat.Type("mine", TestContext.Current.CancellationToken);

        Assert.Equal("mine", (await _scripted.NextAsync()).Text);
        chat.EndInput();
        Assert.Equal(0, await running);
        Assert.Empty(_shown);
    }

    [Fact]
    public async Task While_the_last_idle_line_is_not_stored_no_other_is_sent()
    {
        _isStuck = true;
        var (chat, running) = Start("30s");

        _time.Advance(TimeSpan.FromSeconds(30));
        var idle = await _scripted.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(90));
        await chat.Type("mine", TestContext.Current.CancellationToken);

        var next = await _scripted.NextAsync();
        Assert.Equal("mine", next.Text);
        idle.Store();
        next.Store();
        chat.EndInput();
        Assert.Equal(0, await running);
    }

    [Fact]
    public async Task Without_the_setting_nobody_is_spoken_for()
    {
        var (chat, running) = Start("0");

        _time.Advance(TimeSpan.FromDays(1));
        chat.EndInput();

        Assert.Equal(0, await running);
        Assert.Empty(_scripted.Rest());
    }

    private (PlainChat Chat, Task<int> Running) Start(string idleAfter)
    {
        Assert.True(Duration.TryParse(idleAfter, out var after));
        var chat = new PlainChat(_scripted.Session, new() { IdleAfter = after, IdleSay = "zzz" }, _shown.Enqueue, _time);
        return (chat, chat.RunAsync(TestContext.Current.CancellationToken));
    }
}
