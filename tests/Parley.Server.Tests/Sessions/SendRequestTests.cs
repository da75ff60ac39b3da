using System.Text;
using System.Text.Json;
using CsCheck;
using Parley.Protocol;
using Parley.Protocol.Requests;
using Parley.Server.Sessions;

namespace Parley.Server.Tests.Sessions;

/// <summary>A send that is read by hand says what the wire record would say.</summary>
public sealed class SendRequestTests
{
    private static readonly string[] Keys =
        ["\"t\"", "\"id\"", "\"room\"", "\"cid\"", "\"text\"", "\"reply\"", "\"Text\"", "\"\"", "\"te\\u0078t\"", "\"i\\u0064\"", "\"\\ud800\""];

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "12345", "1.0", "1e2", "9223372036854775807", "9223372036854775808", "[]", "[\"a\",{}]", "{}",
        "{\"text\":\"inner\",\"t\":[1]}", "\"\"", "\"lobby\"", "\"a\\nb\\u00e9\\\"\\\\/\\/\"", "\"é世🙂\"", "\"\\ud83d\\ude42\"", "\"\\ud800\"", "\"\\udc00x\"", "\"7\"",
    ];

    private static readonly Gen<string> AnyValue = Gen.Int[0, Values.Length - 1].Select(i => Values[i]);

    private static readonly Gen<string> Field = Gen.Select(Gen.Int[0, Keys.Length - 1].Select(i => Keys[i]), AnyValue, (name, value) => $"{name}:{value}");

    // Mostly whole requests, with more fields before, between and after.
    private static readonly Gen<string> Json = Gen.Select(
        Field.Array[0, 2], Gen.Bool.Array[4], AnyValue, AnyValue).Select((more, whole, room, text) =>
        {
            string?[] fields =
            [
                more.Length > 1 ? more[1] : null,
                whole[0] ? "\"room\":\"lobby\"" : $"\"room\":{room}",
                "\"t\":\"send\"",
                whole[1] ? "\"cid\":\"c-1\"" : null,
                more.Length > 0 ? more[0] : null,
                whole[2] ? "\"text\":\"Gr\\u00fc\\u00dfe\"" : $"\"text\":{text}",
                whole[3] ? "\"id\":7" : null,
            ];
            return $" {{ {string.Join(" , ", fields.Where(f => f is not null))} }} ";
        });

    [Fact]
    public void A_send_is_read_as_its_wire_record_is() => Json.Sample(
        json =>
        {
            var utf8 = Encoding.UTF8.GetBytes(json);
            if (!RequestHead.TryRead(utf8, out var head) || !head.IsSend)
            {
                return; // Refused, or something else, before it is read.
            }

            var read = SendRequest.TryRead(utf8, new byte[utf8.Length], out var request);
            try
            {
                var record = (Send)JsonSerializer.Deserialize(utf8, WireJson.Strict.ClientMessage)!; // Not null: an object.
                Assert.True(read, $"{request.Fault} is no fault in {json}");
                Assert.Equal(
                    (record.Id, record.Room, record.Cid, record.Text),
                    (head.Id, TextOf(request.Room), request.Cid is { } cid ? TextOf(cid) : null, TextOf(request.Text)));
            }
            catch (JsonException e)
            {
                Assert.False(read, json);
                if (e.Path is not "$.t") // The serializer looks for a second one before anything else.
                {
                    Assert.Equal(e.Path, request.Fault);
                }
            }
        },
        iter: 20_000);

    private static string TextOf(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
