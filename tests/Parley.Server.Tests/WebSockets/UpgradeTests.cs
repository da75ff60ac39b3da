using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

/// <summary>The whole way over a real socket: the runtime's own client against our handshake, reader and writer.</summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    private readonly WebApplication _app = Build();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Uri Address => new(_app.Urls.Single());

    public async ValueTask InitializeAsync()
    {
        _app.Run(EchoAsync);
        await _app.StartAsync(Cancelled);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_connects_is_echoed_and_closes(bool deflate)
    {
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("parley.v1.json");
        client.Options.DangerousDeflateOptions = deflate ? new WebSocketDeflateOptions { ServerMaxWindowBits = 12 } : null;
        await client.ConnectAsync(new UriBuilder(Address) { Scheme = "ws", Path = "/ws" }.Uri, Cancelled);
        Assert.Equal("parley.v1.json", client.SubProtocol);

        byte[] buffer = new byte[70_000];
        foreach (string text in new[] { "", "héllo", new string('x', 126), new string('€', 20_000) })
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            await client.SendAsync(utf8.AsMemory(0, utf8.Length / 2), WebSocketMessageType.Text, endOfMessage: false, Cancelled);
            await client.SendAsync(utf8.AsMemory(utf8.Length / 2), WebSocketMessageType.Text, endOfMessage: true, Cancelled);
            int length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await client.ReceiveAsync(buffer.AsMemory(length), Cancelled);
                length += received.Count;
            }
            while (!received.EndOfMessage);

            Assert.Equal(text, Encoding.UTF8.GetString(buffer, 0, length));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancelled);
        Assert.Equal((WebSocketCloseStatus)1000, client.CloseStatus);
        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Fact]
    public async Task A_plain_request_learns_what_to_do()
    {
        using HttpClient http = new() { BaseAddress = Address };
        using HttpResponseMessage response = await http.GetAsync(new Uri("/ws", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Equal("13", response.Headers.GetValues("Sec-WebSocket-Version").Single());
        Assert.Equal("websocket", response.Headers.Upgrade.Single().Name);
        Assert.Contains("WebSocket client", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    private static WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }

    private static async Task EchoAsync(HttpContext context)
    {
        HandshakeResult result = Handshake.Judge(context, new() { Hosts = new HostRule([]), Deflate = true });
        if (!result.IsAccepted)
        {
            await Handshake.RefuseAsync(context, result, context.RequestAborted);
            return;
        }

        await using Stream stream = await Handshake.AcceptAsync(context, result);
        using FrameReader reader = new(new() { Deflate = result.Deflate, MaxMessageBytes = 65_536 });
        byte[] input = new byte[4_096];
        byte[] output = new byte[70_000];
        while (await stream.ReadAsync(input, context.RequestAborted) is var arrived and not 0)
        {
            for (Memory<byte> rest = input.AsMemory(0, arrived); !rest.IsEmpty;)
            {
                FrameStatus status = reader.Read(rest, out int consumed);
                rest = rest[consumed..];
                int length = Answer(reader, status, output);
                await stream.WriteAsync(output.AsMemory(0, length), context.RequestAborted);
                if (status is FrameStatus.Close or FrameStatus.Failed)
                {
                    return;
                }
            }
        }
    }

    private static int Answer(FrameReader reader, FrameStatus status, Span<byte> output)
    {
        switch (status)
        {
            case FrameStatus.Text:
                int header = FrameWriter.WriteHeader(output, Opcode.Text, reader.Payload.Length);
                reader.Payload.Span.CopyTo(output[header..]);
                return header + reader.Payload.Length;
            case FrameStatus.Ping:
                return FrameWriter.WritePong(output, reader.Payload.Span);
            case FrameStatus.Close:
                return FrameWriter.WriteClose(output, reader.CloseCode, reader.CloseReason);
            case FrameStatus.Failed:
                return FrameWriter.WriteClose(output, reader.FailureCode, reader.FailureReason);
            default:
                return 0;
        }
    }
}
