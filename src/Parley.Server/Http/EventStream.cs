using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Http;

/// <summary>
/// A live stream of a room's log as server-sent events (HTML standard §9.2). It reads the log behind a cursor of its own,
/// at its reader's pace: one that is slow costs a page of memory and loses nothing.
/// </summary>
internal sealed partial class EventStream(HttpContext context, RoomVisit visit, ChatServices chat, ILogger<EventStream> logger)
{
    private const int PageEvents = 200;
    private const int PageBytes = 65_536;
    private const int FlushBytes = 16_384;
    private const int EventOverhead = 256;
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly PipeWriter _output = context.Response.BodyWriter;
    private readonly Room _room = visit.Room;
    private readonly byte[] _idPrefix = Encoding.UTF8.GetBytes($"id: {chat.State.Epoch}:");
    private long _cursor;

    /// <summary>Streams until the reader leaves, may read no more, holds a write for too long, or the server stops.</summary>
    public async Task RunAsync(StreamStart start, CancellationToken stop)
    {
        // Kestrel would cut a reader for being slow; ours is cut only when a write stands still.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _cursor = start.Cursor;
        try
        {
            Begin(start.Reset);
            if (await FlushAsync(stop))
            {
                await FollowAsync(stop);
            }
        }
        catch (StoreException e)
        {
            Log.StreamFailed(logger, _room.Name, e);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader comes back with the id of the last event it got.
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && visit.Reader.CanRead(_room))
        {
            var page = await EventPage.ReadAsync(chat.Store, _room, _cursor, PageEvents, PageBytes, stop);
            if (page.Head > _cursor && (page.Events.Count == 0 || page.Events[0].Seq != _cursor + 1))
            {
                // Purged while we were behind.
                _cursor = page.Head;
                Begin("expired");
            }
            else if (!await WriteAsync(page.Events, stop))
            {
                return;
            }

            if (!await FlushAsync(stop) || (_cursor >= _room.Head && !await WaitAsync(stop)))
            {
                return;
            }
        }
    }

    private async ValueTask<bool> WriteAsync(IReadOnlyList<StoredEvent> events, CancellationToken stop)
    {
        var unflushed = 0;
        foreach (var stored in events)
        {
            _cursor = stored.Seq;
            WriteId();
            _output.Write("data: "u8);
            JsonEncoder.Instance.Encode(_room.Name, stored, _output);
            _output.Write("\n\n"u8);
            unflushed += stored.Text.Length + EventOverhead;
            if (unflushed >= FlushBytes)
            {
                unflushed = 0;
                if (!await FlushAsync(stop))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Waits for the next event, with a comment now and then to show that the line is alive.</summary>
    private async ValueTask<bool> WaitAsync(CancellationToken stop)
    {
        var changed = _room.WaitBeyondAsync(_cursor, stop);
        while (true)
        {
            await changed.WaitAsync(PingEvery, chat.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (changed.IsCompleted)
            {
                return changed.IsCompletedSuccessfully;
            }

            _output.Write(": ping\n\n"u8);
            if (!await FlushAsync(stop))
            {
                return false;
            }
        }
    }

    // An id without data sets where the reader resumes and shows it nothing; so even one that is cut before its first
    // event comes back without a hole.
    private void Begin(string? reset)
    {
        WriteId();
        if (reset is not null)
        {
            _output.Write("event: reset\ndata: "u8);
            _output.Write(JsonSerializer.SerializeToUtf8Bytes(new StreamReset { Reason = reset, Head = _cursor }, HttpJson.Strict.StreamReset));
            _output.Write("\n"u8);
        }

        _output.Write("\n"u8);
    }

    private void WriteId()
    {
        _output.Write(_idPrefix);
        var span = _output.GetSpan(24);
        _cursor.TryFormat(span, out var length, default, CultureInfo.InvariantCulture);
        span[length] = (byte)'\n';
        _output.Advance(length + 1);
    }

    /// <returns>False when the stream is over.</returns>
    private async ValueTask<bool> FlushAsync(CancellationToken stop)
    {
        var flush = _output.FlushAsync(CancellationToken.None);
        if (flush.IsCompletedSuccessfully)
        {
            return !(await flush).IsCompleted;
        }

        var waiting = flush.AsTask();
        try
        {
            return !(await waiting.WaitAsync(chat.ConnectionLimits.WriteTimeout, chat.Time, stop)).IsCompleted;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            if (e is OperationCanceledException)
            {
                // At a stop, a reader that does read gets the page that is on its way, and a clean end.
                await ((Task)waiting).WaitAsync(StopGrace, TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!waiting.IsCompleted)
            {
                // The rest of the answer could not be written either: end the connection instead.
                context.Abort();
                await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Telemetry.EventIds.StreamFailed, LogLevel.Warning, "A stream of room {Room} ended: its log could not be read")]
        public static partial void StreamFailed(ILogger logger, string room, Exception exception);
    }
}
