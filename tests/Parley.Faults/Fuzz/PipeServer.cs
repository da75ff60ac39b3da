using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Testing;

namespace Parley.Faults.Fuzz;

/// <summary>The web server itself, over pipes in memory: what it makes of a request's bytes, without a socket.</summary>
internal sealed class PipeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PipeListener _listener;

    private PipeServer(WebApplication app, PipeListener listener)
    {
        _app = app;
        _listener = listener;
    }

    /// <summary>Starts one.</summary>
    /// <param name="judge">Says in a word what it thinks of a request.</param>
    public static async Task<PipeServer> StartAsync(Func<HttpContext, string> judge)
    {
        var listener = new PipeListener();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            k.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(listener);
        var app = builder.Build();
        app.Run(context =>
        {
            context.Features.Get<Verdict>()!.Judged = judge(context); // Not null: set on every connection.
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return new PipeServer(app, listener);
    }

    /// <summary>Sends one request.</summary>
    /// <returns>What was thought of it; or the status with which the web server refused it by itself.</returns>
    public async Task<string> AskAsync(byte[] request)
    {
        var toServer = new Pipe();
        var toClient = new Pipe();
        var verdict = new Verdict();
        var connection = new DefaultConnectionContext(Guid.NewGuid().ToString("n"), new Ends(toServer.Reader, toClient.Writer), new Ends(toServer.Reader, toClient.Writer));
        connection.Features.Set(verdict);
        await _listener.Connections.Writer.WriteAsync(connection);
        await toServer.Writer.WriteAsync(request);
        await toServer.Writer.CompleteAsync();
        var read = await toClient.Reader.ReadAtLeastAsync(12).AsTask().WaitAsync(WireClient.Patience);
        var status = read.Buffer.Length < 12 ? "nothing" : Encoding.ASCII.GetString(read.Buffer.Slice(9, 3).ToArray());
        await toClient.Reader.CompleteAsync();
        return verdict.Judged ?? status;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class Verdict
    {
        public string? Judged { get; set; }
    }

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }

    private sealed class PipeListener : IConnectionListenerFactory, IConnectionListener
    {
        // Bounded: whoever asks waits.
        public Channel<ConnectionContext> Connections { get; } = Channel.CreateBounded<ConnectionContext>(16);

        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await Connections.Reader.WaitToReadAsync(cancellationToken) && Connections.Reader.TryRead(out var connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            Connections.Writer.TryComplete();
            return default;
        }

        public ValueTask DisposeAsync() => default;
    }
}
