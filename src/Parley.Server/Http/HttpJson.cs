using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Parley.Protocol;

namespace Parley.Server.Http;

/// <summary>Source-generated JSON of the HTTP records. Use <see cref="Strict"/> to read and write.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = WireJson.MaxDepth)]
[JsonSerializable(typeof(PostedMessage))]
[JsonSerializable(typeof(MessagePlace))]
[JsonSerializable(typeof(RoomList))]
[JsonSerializable(typeof(HistoryReply))]
[JsonSerializable(typeof(StreamReset))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(string))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    /// <summary>No duplicate keys, no null for what must be there, no escapes but those that JSON demands.</summary>
    public static HttpJson Strict { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        MaxDepth = WireJson.MaxDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
