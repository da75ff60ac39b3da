using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Server.Accounts;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Testing;

namespace Parley.Server.Tests.Http;

/// <summary>A server and somebody who calls it over HTTP.</summary>
internal sealed class Site : IAsyncDisposable
{
    private Site(ChatServer server)
    {
        Server = server;
        Client = new HttpClient { BaseAddress = server.Http, Timeout = WireClient.Patience };
    }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ChatServer Server { get; }

    public HttpClient Client { get; }

    public ChatServices Chat => Server.Services.GetRequiredService<ChatServices>();

    public Room Lobby => Chat.Rooms.Find(Names.Lobby)!;

    public static async Task<Site> StartAsync(
        Action<ParleyOptions>? configure = null, TimeProvider? time = null, string? data = null) =>
        new(await ChatServer.StartAsync(configure, time, data));

    /// <summary>Posts a text.</summary>
    public Task<HttpResponseMessage> SayAsync(string text, string name = "ana", string? key = null, string room = "lobby")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/rooms/{room}/messages?name={Uri.EscapeDataString(name)}")
        {
            Content = new StringContent(text, Encoding.UTF8, "text/plain"),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return Client.SendAsync(request, Cancelled);
    }

    /// <summary>Posts a body as it stands.</summary>
    public Task<HttpResponseMessage> PostAsync(HttpContent body, string room = "lobby") =>
        Client.PostAsync(new Uri($"/api/rooms/{room}/messages", UriKind.Relative), body, Cancelled);

    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(new Uri(path, UriKind.Relative), Cancelled);

    public Task<string> TextAsync(string path) => Client.GetStringAsync(new Uri(path, UriKind.Relative), Cancelled);

    public async Task<JsonElement> JsonAsync(string path) => JsonDocument.Parse(await TextAsync(path)).RootElement;

    /// <summary>Opens a stream of the lobby.</summary>
    public Task<SseReader> StreamAsync(string query = "", string? lastEventId = null) => SseReader.OpenAsync(Client, query, lastEventId);

    /// <summary>Puts many messages into the lobby's log, by the server's own way, and waits until the last is there.</summary>
    public async Task FillAsync(int count, int bytes = 8)
    {
        var user = await Server.Services.GetRequiredService<Authenticator>().EnsureGuestAsync("filler", Cancelled);
        var filler = new Participant(user, Chat);
        await filler.EnterAsync(Lobby, Cancelled);
        var left = count;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < count; i++)
        {
            var text = Encoding.UTF8.GetBytes(i.ToString().PadRight(bytes, '.'));
            var refusal = await filler.PostAsync(Lobby, new PendingEvent { Text = text, Done = Done }, Cancelled);
            Assert.Null(refusal);
        }

        await done.Task.WaitAsync(WireClient.Patience, Cancelled);

        void Done(PendingEvent pending, Exception? failure)
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                done.SetResult();
            }
        }
    }

    /// <summary>Checks that an answer is a problem of a code, and that it is one in full.</summary>
    public static async Task<JsonElement> IsProblemAsync(HttpResponseMessage response, int status, string code)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
