using Parley.Cli.Settings;

namespace Parley.Cli.Tests.Settings;

public sealed class RulesTests : SettingsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://127.8.9.1:8080", true)]
    [InlineData("http://localhost:0", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://127.0.0.1:8080;http://[::1]:8080", true)]
    [InlineData("http://0.0.0.0:8080", false)]
    [InlineData("http://*:8080", false)]
    [InlineData("http://+:8080", false)]
    [InlineData("http://[::]:8080", false)]
    [InlineData("http://192.168.1.7", false)]
    [InlineData("http://127.0.0.1:8080;http://192.168.1.7:8080", false)]
    public void Guests_enter_by_default_only_where_every_address_is_loopback(string listen, bool allowed)
    {
        CommandLine.Add(new("Listen", listen, "--listen"));
        var loaded = Load();
        ServeRules.Check(loaded);
        Assert.Equal(allowed, loaded.Settings.AllowsGuests());
    }

    [Theory]
    [InlineData("Echo", "on", "--echo: Echo cannot be \"on\"; allowed: off, since http://0.0.0.0:80 is not a loopback address")]
    [InlineData("Limits", "off", "--limits: Limits cannot be \"off\"; allowed: on, since http://0.0.0.0:80 is not a loopback address")]
    public void Switches_for_measuring_are_refused_where_others_can_reach_the_server(string key, string value, string expected)
    {
        CommandLine.Add(new(key, value, $"--{key.ToLowerInvariant()}"));
        ServeRules.Check(Load());

        CommandLine.Add(new("Listen", "http://127.0.0.1:80;http://0.0.0.0:80", "--listen"));
        Assert.Equal(expected, Assert.Throws<SettingsException>(() => ServeRules.Check(Load())).Message);
    }

    [Theory]
    [InlineData("Listen", "8080")]
    [InlineData("Listen", "ftp://127.0.0.1:21")]
    [InlineData("Listen", "http://127.0.0.1:99999")]
    [InlineData("Listen", "http://127.0.0.1:8080/chat")]
    [InlineData("Listen", "http://locahost:8080")]
    [InlineData("Listen", "http://unix:/tmp/x.sock")]
    [InlineData("Listen", ";")]
    [InlineData("Listen", "https://127.0.0.1:8443")]
    [InlineData("Hosts", "https://a.example")]
    [InlineData("Hosts", "*")]
    [InlineData("Origins", "a.example")]
    [InlineData("Origins", "https://a.example/path")]
    [InlineData("Origins", "null")]
    [InlineData("Certificate", "/nowhere/chain.pem")]
    [InlineData("CertificateKey", "/nowhere/key.pem")]
    public void A_server_setting_that_makes_no_sense_is_refused(string key, string value)
    {
        CommandLine.Add(new(key, value, "--option"));
        var line = Assert.Throws<SettingsException>(() => ServeRules.Check(Load())).Message;
        Assert.StartsWith($"--option: {key} cannot be ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws")]
    [InlineData("https://chat.example", "wss://chat.example/ws")]
    [InlineData("ws://[::1]:9/", "ws://[::1]:9/ws")]
    [InlineData("wss://chat.example/team/ws", "wss://chat.example/team/ws")]
    public void The_address_of_the_server_may_be_that_of_its_page(string url, string expected)
    {
        CommandLine.Add(new("Chat:Url", url, "URL"));
        Assert.Equal(expected, ChatRules.Check(Load()).AbsoluteUri);
    }

    [Theory]
    [InlineData("Chat:Url", "127.0.0.1:8080")]
    [InlineData("Chat:Url", "ftp://a.example")]
    [InlineData("Chat:Url", "ws://a.example/ws?token=x")]
    [InlineData("Chat:Url", "ws://user:secret@a.example/ws")]
    [InlineData("Chat:Url", "http://")]
    [InlineData("Chat:Name", "-ana")]
    [InlineData("Chat:Name", "a b")]
    [InlineData("Chat:Room", "Lobby")]
    public void A_client_setting_that_makes_no_sense_is_refused(string key, string value)
    {
        CommandLine.Add(new(key, value, "--option"));
        var line = Assert.Throws<SettingsException>(() => ChatRules.Check(Load())).Message;
        Assert.StartsWith($"--option: {key} cannot be ", line, StringComparison.Ordinal);
    }
}
