using System.Globalization;
using System.Text.Json;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>What one block of a stream of server-sent events held.</summary>
internal sealed record SseBlock(string? Id, string? Event, string? Data, string? Comment)
{
    /// <summary>The seq in its id.</summary>
    public long Seq => long.Parse(Id!.AsSpan(Id!.IndexOf(':') + 1), CultureInfo.InvariantCulture);

    public JsonElement Json => JsonDocument.Parse(Data!).RootElement;
}

/// <summary>Reads a stream of server-sent events, block by block, each wait bounded.</summary>
internal sealed class SseReader(HttpResponseMessage response, StreamReader lines) : IDisposable
{
    private Task<SseBlock?>? _pending;

    public HttpResponseMessage Response => response;

    public static async Task<SseReader> OpenAsync(HttpClient client, string query, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/rooms/lobby/events" + query);
        request.Headers.Add("Accept", "text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Site.Cancelled);
        return new SseReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(Site.Cancelled)));
    }

    /// <summary>The next block; null at the end of the stream.</summary>
    public async Task<SseBlock?> ReadAsync()
    {
        var reading = _pending ?? ReadBlockAsync();
        _pending = null;
        return await reading.WaitAsync(WireClient.Patience, Site.Cancelled);
    }

    /// <summary>Whether a block has come; it is the next that is read.</summary>
    public bool HasCome => (_pending ??= ReadBlockAsync()).IsCompleted;

    /// <summary>The next block with data; fails at the end of the stream.</summary>
    public async Task<SseBlock> ReadDataAsync()
    {
        while (true)
        {
            var block = await ReadAsync() ?? throw new InvalidOperationException("The stream ended.");
            if (block.Data is not null)
            {
                return block;
            }
        }
    }

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }

    private async Task<SseBlock?> ReadBlockAsync()
    {
        var block = new SseBlock(null, null, null, null);
        while (await lines.ReadLineAsync(Site.Cancelled) is { } line)
        {
            if (line.Length == 0)
            {
                return block;
            }

            var colon = line.IndexOf(':');
            var value = line[(colon + 2)..];
            block = line[..colon] switch
            {
                "id" => block with { Id = value },
                "event" => block with { Event = value },
                "data" => block with { Data = value },
                "" => block with { Comment = value },
                _ => throw new InvalidOperationException("Not a line of a stream: " + line),
            };
        }

        return null;
    }
}
