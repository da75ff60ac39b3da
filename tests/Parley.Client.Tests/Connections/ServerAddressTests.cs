namespace Parley.Client.Tests.Connections;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("ws://chat.example/ws", "ws://chat.example/ws")]
    [InlineData("wss://chat.example", "wss://chat.example/ws")]
    [InlineData("http://localhost:8080", "ws://localhost:8080/ws")]
    [InlineData("http://localhost:8080/", "ws://localhost:8080/ws")]
    [InlineData("https://chat.example/team/ws", "wss://chat.example/team/ws")]
    [InlineData("localhost:8080", "ws://localhost:8080/ws")]
    [InlineData("127.0.0.1:8080", "ws://127.0.0.1:8080/ws")]
    [InlineData("[::1]:8080", "ws://[::1]:8080/ws")]
    [InlineData("localhost", "ws://localhost/ws")]
    [InlineData("chat.example", "wss://chat.example/ws")]
    [InlineData("chat.example:443", "wss://chat.example/ws")]
    [InlineData("chat.example:8080", "ws://chat.example:8080/ws")]
    [InlineData(" http://h:1/?room=a#x ", "ws://h:1/ws?room=a")]
    public void An_address_becomes_the_endpoint(string text, string endpoint) =>
        Assert.Equal(new Uri(endpoint), ServerAddress.Parse(text));

    [Theory]
    [InlineData("ftp://chat.example")]
    [InlineData("http://")]
    [InlineData("a b")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => ServerAddress.Parse(text));

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        var thrown = Assert.Throws<ArgumentException>(
            () => new ChatClient(new ChatClientOptions { Server = "localhost:1", SendWindow = 257 }));
        Assert.Contains("SendWindow is 257 and must be between 1 and 256", thrown.Message, StringComparison.Ordinal);
    }
}
