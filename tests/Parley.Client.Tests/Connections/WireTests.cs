using System.Text;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Client.Tests.Connections;

public sealed class WireTests
{
    [Fact]
    public void A_known_message_is_read_wherever_its_type_stands() =>
        Assert.IsType<Pong>(MessageParser.Parse("""{"extra":{"t":"zzz","a":[1]},"now":1,"t":"pong"}"""u8));

    [Theory]
    [InlineData("""{"t":"hologram","x":1}""")]
    [InlineData("""{"x":1}""")]
    [InlineData("""{"t":7}""")]
    [InlineData("""[1]""")]
    [InlineData("""{"t":"ev","room":"lobby"}""")]
    [InlineData("""{"t":"ok" """)]
    [InlineData("")]
    public void What_is_not_understood_is_ignored(string line) =>
        Assert.Null(MessageParser.Parse(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Messages_share_a_frame_up_to_its_limit()
    {
        using var writer = new FrameWriter { MaxBytes = 60 };
        Assert.True(writer.TryEncode(new Ping { Id = 1 }) && writer.TryTake());
        Assert.True(writer.TryEncode(new Ping { Id = 2 }) && writer.TryTake());
        Assert.Equal("""{"t":"ping","ts":0,"id":1}""".Length, writer.Frame.Span.IndexOf((byte)'\n'));
        Assert.True(writer.TryEncode(new Ping { Id = 3 }));
        Assert.False(writer.TryTake());
        writer.Clear();
        Assert.True(writer.TryTake());
    }

    [Fact]
    public void A_message_larger_than_a_frame_is_refused_before_it_costs_the_connection()
    {
        using var writer = new FrameWriter { MaxBytes = 50 };
        Assert.False(writer.TryEncode(new JoinRoom { Room = new string('r', 50) }));
    }

    [Theory]
    [InlineData(CloseCode.Unauthorized, ErrorCode.Unauthorized)]
    [InlineData(CloseCode.Forbidden, ErrorCode.Banned)]
    [InlineData(CloseCode.UpgradeRequired, ErrorCode.Unsupported)]
    public void A_close_code_that_ends_it_all_has_an_error_code(int close, ErrorCode error) =>
        Assert.Equal((error, close), (
            new ConnectionEnd(close, "", Reconnect: false).ToException().Code,
            new ConnectionEnd(close, "", Reconnect: false).ToException().CloseCode!.Value));
}
