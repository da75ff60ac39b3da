using System.Buffers;
using Parley.Server.Delivery;
using Parley.Server.Transport;
using Parley.Server.WebSockets;

namespace Parley.Server.Connections;

/// <summary>
/// <c>/echo</c>: sends every text and binary message back. No rooms, no limits but 16 MiB a message; for outside
/// conformance suites, on loopback only.
/// </summary>
internal sealed class EchoEndpoint(ParleyOptions options, DeliveryLoops loops, ServerState state, TimeProvider time)
{
    private const int MaxMessageBytes = 16 * 1024 * 1024;
    private const int ReadBytes = 64 * 1024;

    private readonly HandshakeOptions _handshake = new()
    {
        Hosts = new HostRule(options.Hosts),
        AllowedOrigins = [.. options.Origins],
        Deflate = options.Connections.Deflate,
        IgnoreSubprotocols = true,
    };

    /// <summary>Serves one request; returns when its connection has ended.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var result = Handshake.Judge(context, _handshake);
        if (!result.IsAccepted)
        {
            await Handshake.RefuseAsync(context, result, context.RequestAborted);
            return;
        }

        var stream = await Handshake.AcceptAsync(context, result);
        context.Features.Get<PendingPlace>()?.Leave();
        using var reader = new FrameReader(new FrameReaderOptions
        {
            MaxMessageBytes = MaxMessageBytes,
            MaxFragments = 0,
            Deflate = result.Deflate,
            AllowBinary = true,
        });
        var outlet = new Outlet(new StreamSink(stream), loops, loops.Next(), time);
        try
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, state.Stopping);
            await EchoAsync(stream, reader, outlet, over.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The peer went away.
        }
        finally
        {
            outlet.Break();
            await outlet.WhenIdleAsync();
        }
    }

    private async Task EchoAsync(Stream stream, FrameReader reader, Outlet outlet, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                var input = buffer.AsMemory(0, count);
                while (!input.IsEmpty && !outlet.IsClosing)
                {
                    var status = reader.Read(input, out var consumed);
                    input = input[consumed..];
                    Answer(status, reader, outlet);
                    await outlet.WaitForSpaceAsync();
                }

                if (outlet.IsClosing)
                {
                    await EndAsync(stream, buffer, outlet, cancellationToken);
                    return;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Answer(FrameStatus status, FrameReader reader, Outlet outlet)
    {
        switch (status)
        {
            case FrameStatus.Text:
                outlet.Enqueue(Opcode.Text, reader.Payload.Span);
                break;
            case FrameStatus.Binary:
                outlet.Enqueue(Opcode.Binary, reader.Payload.Span);
                break;
            case FrameStatus.Ping:
                outlet.Enqueue(Opcode.Pong, reader.Payload.Span);
                break;
            case FrameStatus.Close:
                outlet.Close(reader.CloseCode, "");
                break;
            case FrameStatus.Failed:
                outlet.Close(reader.FailureCode, reader.FailureReason);
                break;
            default:
                break;
        }
    }

    // After our close frame the peer's last bytes are read and dropped, so that its end is not a reset.
    private async Task EndAsync(Stream stream, byte[] buffer, Outlet outlet, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Connections.CloseTimeout);
        await outlet.Finished.WaitAsync(limit.Token);
        if (outlet.CanHalfClose)
        {
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
    }
}
