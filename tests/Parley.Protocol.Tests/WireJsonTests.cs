using System.Text.Json;
using Parley.Protocol.Messages;
using Parley.Protocol.Requests;

namespace Parley.Protocol.Tests;

public sealed class WireJsonTests
{
    private static ClientMessage? Read(string json) => JsonSerializer.Deserialize(json, WireJson.Strict.ClientMessage);

    [Fact]
    public void A_request_is_read_by_its_type_wherever_that_stands() =>
        Assert.Equal(
            new Send { Id = 7, Room = "lobby", Cid = "c", Text = "hi" },
            Read("""{"room":"lobby","cid":"c","id":7,"text":"hi","t":"send"}"""));

    [Fact]
    public void A_field_that_is_not_known_is_ignored() =>
        Assert.Equal(new Ping { Ts = 1 }, Read("""{"t":"ping","ts":1,"colour":{"of":["the","sky"]}}"""));

    [Theory]
    [InlineData("""{"t":"send","room":"lobby","cid":"c"}""")]
    [InlineData("""{"t":"send","room":"lobby","room":"den","cid":"c","text":"hi"}""")]
    [InlineData("""{"t":"send","room":null,"cid":"c","text":"hi"}""")]
    [InlineData("""{"t":"send","room":1,"cid":"c","text":"hi"}""")]
    [InlineData("""{"t":"ping","ts":1,"x":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}""")]
    [InlineData("""{"t":"nonsense"}""")]
    [InlineData("""{}""")]
    public void What_is_missing_twice_null_of_the_wrong_type_or_too_deep_is_refused(string json) =>
        Assert.ThrowsAny<Exception>(() => Read(json) ?? throw new JsonException());

    [Fact]
    public void Text_is_written_without_escapes_but_those_that_JSON_demands()
    {
        var written = JsonSerializer.Serialize<ServerMessage>(
            new Event { Room = "lobby", Seq = 1, Ts = 2, By = "ana", K = "msg", Text = "<ä>'\"\\\n" }, WireJson.Strict.ServerMessage);
        Assert.Equal("""{"t":"ev","room":"lobby","seq":1,"ts":2,"by":"ana","k":"msg","text":"<ä>'\"\\\n"}""", written);
    }
}
