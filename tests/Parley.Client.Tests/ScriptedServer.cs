using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Parley.Protocol;

namespace Parley.Client.Tests;

/// <summary>A real WebSocket server on a loopback port that does nothing by itself: the test plays its part, connection by connection.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    /// <summary>The bound of every wait.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication app;
    private readonly Channel<ScriptedConnection> accepted = Channel.CreateBounded<ScriptedConnection>(100);

    private ScriptedServer(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    /// <summary>Answers every upgrade with this status while it is not 0.</summary>
    public int Refusal { get; set; }

    /// <summary>Upgrades that were refused.</summary>
    public int Refused { get; private set; }

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        var built = builder.Build();
        built.UseWebSockets();
        var server = new ScriptedServer(built);
        built.Run(server.ServeAsync);
        await built.StartAsync();
        return server;
    }

    /// <summary>The next connection.</summary>
    public async Task<ScriptedConnection> AcceptAsync() =>
        await accepted.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>The next connection, once it has said <c>hello</c> and got a <c>welcome</c>.</summary>
    public async Task<(ScriptedConnection Connection, JsonNode Hello)> WelcomeAsync(string epoch = "e1", string then = "")
    {
        var connection = await AcceptAsync();
        var hello = await connection.ExpectAsync("hello");
        await connection.SendAsync(Welcome(epoch) + then);
        return (connection, hello);
    }

    public static string Welcome(string epoch = "e1", string name = "ana", int frameBytes = 65_536, int everyMs = 20_000) =>
        $$"""
        {"t":"welcome","v":1,"epoch":"{{epoch}}","you":{"name":"{{name}}","role":"guest"},"now":1,"hb":{"every_ms":{{everyMs}},"timeout_ms":10000},"limits":{"frame_bytes":{{frameBytes}},"text_bytes":16384,"subscriptions":500,"connections":20,"sends_per_s":5,"send_burst":20},"features":[],"rooms":[{"room":"lobby","name":"Lobby","kind":"public","head":0,"floor":1}]}
        """;

    public async ValueTask DisposeAsync()
    {
        while (accepted.Reader.TryRead(out var connection))
        {
            connection.Cut();
        }

        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (Refusal != 0)
        {
            Refused++;
            context.Response.StatusCode = Refusal;
            return;
        }

        Assert.Equal("/ws", context.Request.Path);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = Subprotocol.Json,
            KeepAliveInterval = Timeout.InfiniteTimeSpan,
        });
        var connection = new ScriptedConnection(socket, context);
        if (accepted.Writer.TryWrite(connection))
        {
            await connection.ReadAsync();
        }
    }
}

/// <summary>One connection of a <see cref="ScriptedServer"/>.</summary>
internal sealed class ScriptedConnection(WebSocket socket, HttpContext context)
{
    private readonly Channel<JsonNode> received = Channel.CreateBounded<JsonNode>(100_000);
    private readonly TaskCompletionSource<int> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Messages that came and were not expected yet.</summary>
    public int Waiting => received.Reader.Count;

    /// <summary>The client's close code, once it has closed.</summary>
    public Task<int> Closed => closed.Task.WaitAsync(ScriptedServer.Patience);

    /// <summary>The next message of the client, which must be of this type.</summary>
    public async Task<JsonNode> ExpectAsync(string type)
    {
        var next = await received.Reader.ReadAsync().AsTask().WaitAsync(ScriptedServer.Patience);
        Assert.True((string?)next["t"] == type, $"Expected {type}, got {next.ToJsonString()}");
        return next;
    }

    /// <summary>Sends one frame.</summary>
    public async Task SendAsync(params string[] objects) => await socket.SendAsync(
        Encoding.UTF8.GetBytes(string.Join('\n', objects)), WebSocketMessageType.Text, true, CancellationToken.None)
        .WaitAsync(ScriptedServer.Patience);

    /// <summary>Expects a <c>sub</c>, says ok, sends these, then <c>synced</c>.</summary>
    public async Task<JsonNode> ServeSubAsync(long head, params string[] events)
    {
        var sub = await ExpectAsync("sub");
        await SendAsync([Wire.Ok(sub), .. events, Wire.Synced(head)]);
        return sub;
    }

    /// <summary>Cuts the line without a word.</summary>
    public void Cut()
    {
        try
        {
            context.Abort();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Closes properly.</summary>
    public Task CloseAsync(int code, string reason) =>
        socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, CancellationToken.None).WaitAsync(ScriptedServer.Patience);

    /// <summary>Reads what the client sends until it closes, and answers its close.</summary>
    public async Task ReadAsync()
    {
        var buffer = new byte[200_000];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult result;
                do
                {
                    result = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += result.Count;
                }
                while (!result.EndOfMessage);

                if (result.MessageType == WebSocketMessageType.Close)
                {
                    closed.TrySetResult((int)socket.CloseStatus!.Value);
                    if (socket.State == WebSocketState.CloseReceived)
                    {
                        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    }

                    return;
                }

                foreach (var line in Encoding.UTF8.GetString(buffer, 0, length).Split('\n'))
                {
                    await received.Writer.WriteAsync(JsonNode.Parse(line)!);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            closed.TrySetResult(CloseCode.Abnormal);
        }
    }
}

/// <summary>What the server says, as text.</summary>
internal static class Wire
{
    public static string Event(long seq, string text = "hi", string room = "lobby", string by = "bob") =>
        $$"""{"t":"ev","room":"{{room}}","seq":{{seq}},"ts":{{seq}},"by":"{{by}}","k":"msg","text":"{{text}}"}""";

    public static string[] Events(long from, long to) => [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(n => Event(n))];

    public static string Synced(long head, string more = "", string room = "lobby") =>
        $$"""{"t":"synced","room":"{{room}}","head":{{head}}{{more}}}""";

    public static string Ok(JsonNode request, string more = "") => $$"""{"t":"ok","re":{{request["id"]}}{{more}}}""";

    public static string Stored(JsonNode send, long seq, bool dup = false) =>
        Ok(send, $$""","seq":{{seq}},"ts":{{seq * 10}}{{(dup ? ",\"dup\":true" : "")}}""");

    public static string Error(JsonNode request, string code, string more = "") =>
        $$"""{"t":"err","re":{{request["id"]}},"code":"{{code}}","msg":"no: {{code}}","temp":{{(code is "rate_limited" or "busy" ? "true" : "false")}}{{more}}}""";

    public static string Bye(int code, bool reconnect, int? afterMs = null) =>
        $$"""{"t":"bye","code":{{code}},"reason":"going","reconnect":{{(reconnect ? "true" : "false")}}{{(afterMs is { } ms ? $",\"after_ms\":{ms}" : "")}}}""";
}
