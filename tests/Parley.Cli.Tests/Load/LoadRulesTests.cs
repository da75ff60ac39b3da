using Parley.Cli.Load;
using Parley.Cli.Settings;
using Parley.Cli.Tests.Settings;

namespace Parley.Cli.Tests.Load;

public sealed class LoadRulesTests : SettingsTests
{
    [Fact]
    public void What_was_asked_for_is_what_runs()
    {
        var options = Check("Url=http://127.0.0.1:8080", "Clients=20", "Dialect=json", "Seed=4", "Warm=2s", "StallFor=3s", "Stalled=2");

        Assert.Equal("ws://127.0.0.1:8080/ws", options.Url.ToString());
        Assert.Equal((20, LoadDialect.Json, "load-4"), (options.Clients, options.Dialect, options.NamePrefix));
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)), (options.Warm, options.StallFor));
    }

    [Fact]
    public void A_raw_address_is_taken_as_it_stands()
    {
        var options = Check("Url=ws://localhost:9000/?room=1", "Raw=on", "Proto=chat", "Init=hi", "Wrap={%}");

        Assert.Equal("/?room=1", options.Url.PathAndQuery);
        Assert.Equal(("chat", "hi", null), (options.Subprotocol, options.Init, options.NamePrefix));
        Assert.Equal(("{", "}"), options.Wrap);
    }

    [Theory]
    [InlineData("Load:Url", "Url=https://chat.example.org")]
    [InlineData("Load:Url", "Url=ws://a/ws?token=1")]
    [InlineData("Load:Payload", "Payload=47")]
    [InlineData("Load:Rate", "Rate=0")]
    [InlineData("Load:Duration", "Duration=10")]
    [InlineData("Load:Stalled", "Clients=10", "Stalled=10")]
    [InlineData("Load:Idle", "Clients=10", "Idle=10")]
    [InlineData("Load:Idle", "Clients=9999", "Senders=9000", "Idle=1001")]
    [InlineData("Load:Clients", "Clients=1000000", "Senders=101")]
    [InlineData("Load:Room", "Room=No Room")]
    [InlineData("Load:NamePrefix", "NamePrefix=a-name-that-is-far-too-long")]
    [InlineData("Load:Token", "Token=a b")]
    [InlineData("Load:Proto", "Proto=x")]
    [InlineData("Load:Init", "Dialect=json", "Init=x")]
    [InlineData("Load:Raw", "Raw=on", "Dialect=json")]
    [InlineData("Load:Wrap", "Wrap={%}")]
    [InlineData("Load:Wrap", "Raw=on", "Wrap=x")]
    [InlineData("Load:Wrap", "Raw=on", "Wrap=%%")]
    [InlineData("Load:Dialect", "Dialect=morse")]
    public void What_cannot_be_is_refused_in_one_line(string key, params string[] settings)
    {
        var line = Assert.Throws<SettingsException>(() => Check(settings)).Message;

        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    private LoadOptions Check(params string[] settings)
    {
        CommandLine.AddRange(settings.Select(setting => setting.Split('=', 2)).Select(pair => new SettingEntry($"Load:{pair[0]}", pair[1], "--x")));
        return LoadRules.Check(Load());
    }
}
