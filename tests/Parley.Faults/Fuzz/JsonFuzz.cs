using System.Text;
using System.Text.Json;
using Parley.Client;
using Parley.Faults.InProcess;
using Parley.Server.Sessions;
using Parley.Testing;

namespace Parley.Faults.Fuzz;

/// <summary>
/// The JSON dialect: whatever a frame holds, the session answers with objects that a client can read, or closes with a code
/// that blames the client; and reads no object as a request that a strict reader would not.
/// </summary>
internal sealed class JsonFuzz : IAsyncDisposable
{
    private const int ClientsPerServer = 500; // So that its rooms stay small.

    private readonly List<MemoryClient> _clients = [];
    private ChatParts? _parts;

    public static IReadOnlyList<byte[]> Corpus { get; } = [.. Requests().Concat(Transcripts()).Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];

    public static IReadOnlyList<byte[]> Tokens { get; } = Array.ConvertAll(
        [
            "null", "true", "-1", "0", "1e999", "9223372036854775807", "9223372036854775808", "9007199254740993", "1.5", "\"\"", "\"\\ud800\"", "\"\\u0000\"",
            "\"\\u001b[31m\"", "[]", "{}", "[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":", "\"t\":\"send\",", "\"t\":1,", "\"t\":null,",
            "\"\\u0074\":\"ping\",", "\"$type\":\"send\",", "\"$id\":\"1\",", "\"$ref\":\"1\",", "\"$values\":[],", "\"id\":1,", "\"id\":\"x\",", "\"room\":\"lobby\",", "\"after\":-1,",
            "\"\\ud800\":1,", "\"cursors\":{\"lobby\":0,\"lobby\":1},", "\"guest\":{\"name\":\"\\ud83d\"},", "\n", "\r", "\t", "//", "/**/", ",", ":", "\\", "\uFEFF", "é", "𝄞",
            "\"limit\":201,", "\"page\":100000,", "\"around\":0,", "\"before\":9223372036854775807,", "\"epoch\":\"x\",", "{\"t\":\"ping\",\"ts\":1}\n", "{\"t\":\"hello\",\"v\":1}\n", "\0",
        ],
        Encoding.UTF8.GetBytes);

    public async ValueTask CheckAsync(byte[] input)
    {
        // The frame reader lets only UTF-8 through.
        input = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(input));
        foreach (var line in input.AsSpan().Split((byte)'\n'))
        {
            CheckHead(input.AsMemory(line));
        }

        if (_parts is null || _clients.Count == ClientsPerServer)
        {
            await EndAsync();
            _parts = await ChatParts.StartAsync(o => o.Sends.PerSecond = 0);
        }

        var client = MemoryClient.Json(_parts);
        _clients.Add(client);
        if (input.Length % 4 != 0)
        {
            await client.SayAsync("""{"t":"hello","v":1}""");
        }

        await client.SayAsync(input);
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private static void CheckHead(ReadOnlyMemory<byte> line)
    {
        if (RequestHead.TryRead(line.Span, out _))
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 16 });
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
            Assert.Contains(document.RootElement.EnumerateObject(), p => p.NameEquals("t"u8) && p.Value.ValueKind == JsonValueKind.String);
        }
    }

    private async Task EndAsync()
    {
        if (_parts is null)
        {
            return;
        }

        await _parts.DisposeAsync();
        Assert.Empty(_parts.Logged);
        foreach (var client in _clients)
        {
            foreach (var frame in client.Sink.Frames)
            {
                CheckFrame(frame);
            }

            client.Dispose();
        }

        _clients.Clear();
    }

    private static void CheckFrame(WireFrame frame)
    {
        if (frame.Opcode == 8)
        {
            Assert.Contains(frame.CloseCode, new[] { 1000, 1008, 4400, 4401, 4426, 4429 });
            return;
        }

        Assert.NotNull(MessageParser.Parse(frame.Payload));
    }

    private static IEnumerable<string> Requests() =>
    [
        """{"t":"hello","v":1,"client":"fuzz/1","guest":{"name":"ana"},"caps":["x"],"epoch":"0","cursors":{"lobby":0,"garden":5}}""",
        """{"t":"sub","id":1,"room":"lobby","after":0,"epoch":"x"}""",
        """{"t":"send","id":2,"room":"lobby","cid":"c-1","text":"hi \"there\" \u00e9\ud834\udd1e\n"}""",
        "{\"t\":\"join\",\"id\":3,\"room\":\"lobby\"}\n{\"t\":\"send\",\"id\":4,\"room\":\"lobby\",\"cid\":\"c1\",\"text\":\"one\"}\n{\"t\":\"part\",\"id\":5,\"room\":\"lobby\"}",
        """{"t":"create","id":6,"room":"garden","name":"The garden"}""",
        """{"t":"hist","id":7,"room":"lobby","around":3,"limit":10}""",
        """{"id":8,"room":"lobby","page":1,"t":"who"}""",
        """{"t":"typing","room":"lobby","on":true}""",
        "{\"t\":\"ping\",\"id\":9,\"ts\":12}\n\n{\"t\":\"unsub\",\"id\":10,\"room\":\"lobby\"}\n",
    ];

    /// <summary>What the golden transcripts send.</summary>
    private static IEnumerable<string> Transcripts()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "fixtures", "wire"), "*.json").Order(StringComparer.Ordinal))
        {
            using var transcript = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var step in transcript.RootElement.GetProperty("steps").EnumerateArray())
            {
                if (step.TryGetProperty("send", out var send))
                {
                    yield return send.ValueKind == JsonValueKind.Array
                        ? string.Join('\n', send.EnumerateArray().Select(o => o.GetRawText()))
                        : send.GetRawText();
                }
            }
        }
    }
}
