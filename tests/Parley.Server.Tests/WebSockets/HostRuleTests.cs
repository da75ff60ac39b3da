using Microsoft.AspNetCore.Http;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

public sealed class HostRuleTests
{
    private readonly HostRule _rule = new(["chat.example.org"], "box");

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:5000")]
    [InlineData("127.0.0.1:80")]
    [InlineData("127.8.9.10")]
    [InlineData("192.168.1.7:5000")]
    [InlineData("203.0.113.9")]
    [InlineData("[::1]")]
    [InlineData("[::1]:5000")]
    [InlineData("[2001:db8::7]:5000")]
    [InlineData("box")]
    [InlineData("BOX:5000")]
    [InlineData("chat.example.org")]
    [InlineData("Chat.Example.Org:443")]
    public void Addresses_this_machine_and_listed_names_are_known(string host) => Assert.True(_rule.Allows(new HostString(host)));

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("evil.example")]
    [InlineData("chat.example.org.evil.example")]
    [InlineData("evil-chat.example.org")]
    [InlineData("example.org")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("127.1")]
    [InlineData("0x7f000001")]
    [InlineData("2130706433")]
    [InlineData("127.0.0.01")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[evil.example]")]
    [InlineData("[]")]
    public void Any_other_host_is_not(string host) => Assert.False(_rule.Allows(new HostString(host)));
}
