// ASP.NET Core as many a chat is written: its WebSockets, all clients in a dictionary, and for each client a queue with a
// loop that empties it into the socket.
using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Threading.Channels;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(args[0])));
var app = builder.Build();
app.UseWebSockets();
var queues = new ConcurrentDictionary<WebSocket, Channel<byte[]>>();
app.Run(async context =>
{
    if (!context.WebSockets.IsWebSocketRequest)
    {
        context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        return;
    }

    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    // A slow client costs such a chat memory without a bound.
    var queue = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    queues[socket] = queue;
    var writing = WriteAsync(socket, queue.Reader);
    try
    {
        await RelayAsync(socket);
    }
    catch (WebSocketException)
    {
        // The client went without a word.
    }
    finally
    {
        queues.TryRemove(socket, out _);
        queue.Writer.Complete();
        await writing;
    }
});
app.Run();

async Task RelayAsync(WebSocket socket)
{
    var buffer = new byte[4096];
    while (true)
    {
        var length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            result = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            length += result.Count;
        }
        while (!result.EndOfMessage);

        if (result.MessageType == WebSocketMessageType.Close)
        {
            return;
        }

        var message = buffer.AsSpan(0, length).ToArray();
        foreach (var (client, queue) in queues)
        {
            if (client != socket)
            {
                queue.Writer.TryWrite(message);
            }
        }
    }
}

static async Task WriteAsync(WebSocket socket, ChannelReader<byte[]> messages)
{
    try
    {
        await foreach (var message in messages.ReadAllAsync())
        {
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
    }
    catch (WebSocketException)
    {
        // The reading half sees it too.
    }
}
