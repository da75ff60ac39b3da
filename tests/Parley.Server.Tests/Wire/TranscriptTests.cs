using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Tests.Connections;
using Parley.Testing;

namespace Parley.Server.Tests.Wire;

/// <summary>Replays the golden transcripts against a real server; <c>tests/fixtures/wire/README.md</c> is their format.</summary>
public sealed class TranscriptTests
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "fixtures", "wire");

    public static TheoryData<string> Names() => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_says_what_the_transcript_says(string name)
    {
        var transcript = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, name + ".json"), TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal(name, transcript["name"]!.GetValue<string>());
        var setup = transcript["setup"]?.AsObject() ?? [];
        await using var server = await ChatServer.StartAsync(o => Configure(o, setup["options"]?.AsObject() ?? []), new FakeTimeProvider());
        foreach (var message in setup["messages"]?.AsArray() ?? [])
        {
            var by = await Wired.ParticipantAsync(server, message!["by"]!.GetValue<string>());
            await by.PostAsync(Wired.Room(server, message["room"]!.GetValue<string>()), message["texts"]!.AsArray().Select(t => t!.GetValue<string>()));
        }

        await using var replay = new Replaying(server);
        foreach (var step in transcript["steps"]!.AsArray())
        {
            try
            {
                await replay.StepAsync(step!.AsObject());
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}: {step!.ToJsonString()}\n{e.Message}");
            }
        }

        await replay.EndAsync();
    }

    [Theory]
    [InlineData("""{"a":1,"b":"$x"}""", """{"b":[2],"a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", false)]
    [InlineData("""{"a":"$x","b":"$x"}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"a":"$any","b":"$any"}""", """{"a":1,"b":2}""", true)]
    [InlineData("""{"a":["$x",2]}""", """{"a":[1,3]}""", false)]
    [InlineData("""{"a":[1,2]}""", """{"a":[1]}""", false)]
    [InlineData("""{"a":null}""", """{}""", false)]
    public void A_replay_can_tell_a_difference(string expected, string actual, bool same) =>
        Assert.Equal(same, Matches(JsonNode.Parse(expected), JsonNode.Parse(actual), []));

    private static void Configure(ParleyOptions options, JsonObject given)
    {
        foreach (var (name, value) in given)
        {
            var number = value!.GetValue<int>();
            switch (name)
            {
                case "send_burst":
                    options.Sends.Burst = number;
                    break;
                case "connections":
                    options.Connections.MaxPerUser = number;
                    break;
                case "replay_max":
                    options.Rooms.ReplayMax = number;
                    break;
                case "replay_tail":
                    options.Rooms.ReplayTail = number;
                    break;
                default:
                    throw new InvalidOperationException("No such option: " + name);
            }
        }
    }

    private static bool Matches(JsonNode? expected, JsonNode? actual, Dictionary<string, JsonNode?> known)
    {
        switch (expected)
        {
            case JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is ['$', ..] name:
                return name == "$any" || (known.TryAdd(name, actual) ? actual is not null : JsonNode.DeepEquals(known[name], actual));
            case JsonObject fields:
                return actual is JsonObject has && has.Count == fields.Count
                    && fields.All(f => has.ContainsKey(f.Key) && Matches(f.Value, has[f.Key], known));
            case JsonArray items:
                return actual is JsonArray others && others.Count == items.Count
                    && items.Zip(others).All(pair => Matches(pair.First, pair.Second, known));
            default:
                return JsonNode.DeepEquals(expected, actual);
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Parley.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Parley.slnx is in no folder above the tests.");
        }

        return folder.FullName;
    }

    private sealed class Replaying(ChatServer server) : IAsyncDisposable
    {
        private readonly Dictionary<string, WireClient> _clients = new(StringComparer.Ordinal);
        private Dictionary<string, JsonNode?> _known = [];
        private Task _stopping = Task.CompletedTask;

        public async Task StepAsync(JsonObject step)
        {
            var name = step["conn"]?.GetValue<string>() ?? "main";
            if (step.ContainsKey("stop"))
            {
                _stopping = server.StopAsync();
                return;
            }

            if (!_clients.TryGetValue(name, out var client))
            {
                client = await WireClient.JsonAsync(server);
                _clients[name] = client;
            }

            if (step["send"] is { } send)
            {
                List<JsonNode?> objects = send is JsonArray batch ? [.. batch] : [send];
                await client.SendTextAsync(string.Join('\n', objects.Select(o => Fill(o)!.ToJsonString())));
            }
            else if (step["expect"] is { } expect)
            {
                await ExpectAsync(client, expect is JsonArray any ? [.. any] : [expect]);
            }
            else if (step["close"] is { } close)
            {
                var frame = await client.ReceiveAsync();
                Assert.Equal((8, close.GetValue<int>()), (frame?.Opcode ?? -1, frame?.CloseCode ?? -1));
                Assert.True(await client.ReceiveEndAsync());
                await ForgetAsync(name);
            }
            else if (step.ContainsKey("drop"))
            {
                await client.CloseAsync(1000);
                Assert.Equal(1000, (await client.ReceiveAsync())!.CloseCode);
                await ForgetAsync(name);
            }
            else
            {
                throw new InvalidOperationException("No such step.");
            }
        }

        /// <summary>Nothing came that was not expected.</summary>
        public async Task EndAsync()
        {
            await _stopping;
            foreach (var client in _clients.Values)
            {
                Assert.Empty((await client.RoundTripAsync()).Select(f => f.Text));
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients.Values)
            {
                await client.DisposeAsync();
            }
        }

        private async Task ForgetAsync(string name)
        {
            await _clients[name].DisposeAsync();
            _clients.Remove(name);
        }

        private async Task ExpectAsync(WireClient client, List<JsonNode?> expected)
        {
            while (expected.Count > 0)
            {
                var text = await client.ReceiveTextAsync();
                var actual = JsonNode.Parse(text);
                var match = expected.FindIndex(e => Try(e, actual));
                Assert.True(match >= 0, "What came is: " + text);
                expected.RemoveAt(match);
            }
        }

        private bool Try(JsonNode? expected, JsonNode? actual)
        {
            var known = new Dictionary<string, JsonNode?>(_known, StringComparer.Ordinal);
            if (!Matches(expected, actual, known))
            {
                return false;
            }

            _known = known;
            return true;
        }

        private JsonNode? Fill(JsonNode? node) => node switch
        {
            JsonObject fields => new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, Fill(f.Value)))),
            JsonArray items => new JsonArray([.. items.Select(Fill)]),
            JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is ['$', ..] name => _known[name]!.DeepClone(),
            _ => node?.DeepClone(),
        };
    }
}
