using Parley.Server;
using Parley.Server.WebSockets;
using Parley.Testing;

namespace Parley.Faults.Conformance;

/// <summary>
/// RFC 6455, rule by rule, over real sockets: the right code, in the right order, as soon as it can be known, and then FIN, never
/// a reset that could swallow it. Each rule is tried with its bytes in one piece and one by one.
/// </summary>
[Trait(FaultSize.Trait, "conformance")]
public sealed class ConformanceTests(ConformanceTests.Servers servers) : IClassFixture<ConformanceTests.Servers>
{
    private static int _rooms;

    private static readonly Dictionary<string, Rule> Rules = Rule.All.ToDictionary(r => r.Name, StringComparer.Ordinal);

    public static TheoryData<string> All { get; } = [.. Rule.All.Select(r => r.Name)];

    public static TheoryData<string> OfChat { get; } = [.. Rule.All.Where(r => !r.OnlyEcho).Select(r => r.Name)];

    // TLS has its own way to end a connection; the frames are the same.
    public static TheoryData<string> OfTls { get; } = [.. Rule.All.Where((r, i) => !r.OnlyEcho && i % 12 == 0).Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public Task Echo(string rule) => CheckAsync(Rules[rule], servers.Plain, "/echo");

    [Theory]
    [MemberData(nameof(OfChat))]
    public Task Chat(string rule) => CheckAsync(Rules[rule], servers.Plain, "/ws");

    [Theory]
    [MemberData(nameof(OfTls))]
    public async Task Over_TLS(string rule)
    {
        await CheckAsync(Rules[rule], servers.Tls, "/echo");
        await CheckAsync(Rules[rule], servers.Tls, "/ws");
    }

    [Fact]
    public void Every_code_there_is_may_be_sent_or_not_as_section_7_4_says()
    {
        for (var code = 0; code <= ushort.MaxValue; code++)
        {
            var sendable = code switch
            {
                < 1000 => false, // §7.4.2: not used
                1004 or 1005 or 1006 or 1015 => false, // §7.4.1: reserved, and never on the wire
                <= 1014 => true, // §7.4.1, and IANA's registry for 1012 to 1014
                < 3000 => false, // §7.4.2: for the protocol, in future
                <= 4999 => true, // §7.4.2: for libraries, and for private use
                _ => false,
            };
            Assert.Equal(sendable, ClosePayload.IsSendable(code));
        }
    }

    private static async Task CheckAsync(Rule rule, ChatServer server, string path)
    {
        await CheckAsync(rule, server, path, rule.Sent.Length);
        if (rule.Sent.Length <= 600)
        {
            await CheckAsync(rule, server, path, 1);
        }
    }

    private static async Task CheckAsync(Rule rule, ChatServer server, string path, int piece)
    {
        // In a room of its own, so that nobody else's messages arrive.
        await using var client = await WireClient.OpenAsync(server.Http, path == "/ws" ? $"/ws?room=rule-{Interlocked.Increment(ref _rooms)}" : path);
        for (var at = 0; at < rule.Sent.Length; at += piece)
        {
            await client.SendBytesAsync(rule.Sent.AsMemory(at, Math.Min(piece, rule.Sent.Length - at)));
        }

        var answers = new List<WireFrame>();
        if (rule.Code == 0)
        {
            answers.AddRange(await client.RoundTripAsync()); // It goes on.
            await client.CloseAsync(1000);
        }

        while (await client.ReceiveAsync() is { } frame)
        {
            answers.Add(frame);
        }

        // The chat says in words why it closes, before it does.
        Assert.Equal(Expected(rule, path), answers.Where(f => path == "/echo" || f.Opcode != 1 || !f.Text.StartsWith("* ", StringComparison.Ordinal)).Select(Describe));
    }

    // The chat sends nobody his own messages.
    private static IEnumerable<string> Expected(Rule rule, string path) =>
        [.. rule.Answers.Where(a => path == "/echo" || a.StartsWith("pong", StringComparison.Ordinal)), $"close {(rule.Code == 0 ? 1000 : rule.Code)}"];

    private static string Describe(WireFrame frame) => frame.Opcode switch
    {
        1 => $"text {frame.Text}",
        2 => $"binary {Convert.ToHexString(frame.Payload)}",
        8 => $"close {frame.CloseCode}",
        10 => $"pong {frame.Text}",
        _ => $"opcode {frame.Opcode}",
    };

    /// <summary>One server in plaintext and one over TLS, without limits on rates.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        private ChatServer? _plain;
        private ChatServer? _tls;

        public ChatServer Plain => _plain ?? throw new InvalidOperationException("Not started.");

        public ChatServer Tls => _tls ?? throw new InvalidOperationException("Not started.");

        public async ValueTask InitializeAsync()
        {
            _plain = await ChatServer.StartAsync(Configure);
            _tls = await ChatServer.StartAsync(Configure, certificate: TestCertificate.Instance);
        }

        public async ValueTask DisposeAsync()
        {
            await Plain.DisposeAsync();
            await Tls.DisposeAsync();
        }

        private static void Configure(ParleyOptions options)
        {
            options.LiftLimits();
            options.Echo = true;
        }
    }
}
