using Microsoft.AspNetCore.Http;
using Parley.Protocol;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

/// <summary>The handshake rows of RFC 6455 §4.2 and of our own trust rules, on requests without a server.</summary>
public sealed class HandshakeTests
{
    private static readonly HandshakeOptions Options = new() { Hosts = new HostRule(["chat.example.org"], "box") };

    [Fact]
    public void The_sample_of_the_RFC_is_accepted_with_its_key()
    {
        HandshakeResult result = Judge(_ => { });
        Assert.True(result.IsAccepted);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", result.AcceptKey);
        Assert.Equal((101, null, null, false), (result.StatusCode, result.Subprotocol, result.Extensions, result.IgnoreCookies));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("HEAD")]
    [InlineData("CONNECT")]
    public void Another_method_gets_405_and_learns_the_right_one(string method)
    {
        HandshakeResult result = Refused(405, request => request.Method = method);
        Assert.Equal("GET", Header(result, "Allow"));
    }

    [Fact]
    public void HTTP_1_0_gets_400() => Refused(400, request => request.Protocol = "HTTP/1.0");

    [Fact]
    public void A_request_that_is_no_upgrade_gets_426()
    {
        Upgrade(request => request.Headers.Remove("Upgrade"));
        Upgrade(request => request.Headers.Remove("Connection"));
        Upgrade(request => request.Headers.Upgrade = "h2c");
        Upgrade(request => request.Headers.Connection = "keep-alive");
        Upgrade(request => request.Protocol = "HTTP/2");
    }

    [Fact]
    public void Upgrade_and_connection_may_be_lists_in_any_case() => Assert.True(Judge(request =>
    {
        request.Headers.Upgrade = "h2c, WebSocket";
        request.Headers.Connection = "keep-alive , uPGRADE";
    }).IsAccepted);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("013")]
    [InlineData("13, 8")]
    public void Another_version_gets_426(string? version) => Upgrade(request => request.Headers.SecWebSocketVersion = version);

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ===")]
    [InlineData("dGhlIHNhbXBsZSBub25jZTE=")]
    [InlineData(" dGhlIHNhbXBsZSBub25jZ==")]
    [InlineData("dGhlIHNhbXBsZSBub25j!Q==")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==")]
    public void A_missing_or_bad_or_second_key_gets_400(params string[] keys) =>
        Refused(400, request => request.Headers.SecWebSocketKey = keys);

    [Theory]
    [InlineData("?token=sEcReT")]
    [InlineData("?room=a&access_token=sEcReT")]
    [InlineData("?TOKEN=sEcReT")]
    [InlineData("?token=")]
    public void A_token_in_the_query_gets_400_and_is_not_repeated(string query)
    {
        HandshakeResult result = Refused(400, request => request.QueryString = new QueryString(query));
        Assert.DoesNotContain("sEcReT", result.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("evil.example", 400)]
    [InlineData("", 400)]
    [InlineData("box", 101)]
    public void An_unknown_or_missing_host_gets_400(string host, int status) =>
        Assert.Equal(status, Judge(request => request.Headers.Host = host).StatusCode);

    [Theory]
    [InlineData("http", "localhost:5000", "http://localhost:5000", 101)]
    [InlineData("http", "localhost:5000", "HTTP://LocalHost:5000", 101)]
    [InlineData("https", "chat.example.org", "https://chat.example.org", 101)]
    [InlineData("https", "chat.example.org:443", "https://chat.example.org", 101)]
    [InlineData("http", "chat.example.org:80", "http://chat.example.org", 101)]
    [InlineData("http", "[::1]:80", "http://[::1]", 101)]
    [InlineData("http", "localhost:5000", "https://listed.example", 101)]
    [InlineData("http", "localhost:5000", "https://LISTED.example", 101)]
    [InlineData("http", "localhost:5000", "https://listed.example:444", 403)]
    [InlineData("http", "localhost:5000", "https://listed.example.evil", 403)]
    [InlineData("http", "localhost:5000", "https://not-listed.example", 403)]
    [InlineData("http", "localhost:5000", "http://listed.example", 403)]
    [InlineData("http", "localhost:5000", "https://localhost:5000", 403)]
    [InlineData("http", "localhost:5000", "http://localhost:5001", 403)]
    [InlineData("http", "localhost:5000", "http://localhost", 403)]
    [InlineData("http", "localhost:5000", "http://localhost:5000.evil.example", 403)]
    [InlineData("http", "localhost:5000", "http://localhost:5000/", 403)]
    [InlineData("https", "chat.example.org", "http://chat.example.org", 403)]
    [InlineData("https", "chat.example.org:80", "https://chat.example.org", 403)]
    [InlineData("http", "localhost:5000", "null", 403)]
    [InlineData("http", "localhost:5000", "", 403)]
    public void An_origin_must_be_ours_or_listed_to_the_letter(string scheme, string host, string origin, int status)
    {
        foreach (bool cookie in new[] { false, true })
        {
            HandshakeResult result = Judge(
                request =>
                {
                    request.Scheme = scheme;
                    request.Headers.Host = host;
                    request.Headers.Origin = origin;
                    if (cookie)
                    {
                        request.Headers.Cookie = "parley_session=abc";
                    }
                },
                Options with { AllowedOrigins = ["https://listed.example"] });
            Assert.Equal(status, result.StatusCode);
        }
    }

    [Fact]
    public void Two_origins_get_403() =>
        Refused(403, request => request.Headers.Origin = new[] { "http://localhost:5000", "http://localhost:5000" });

    [Fact]
    public void A_session_cookie_without_origin_gets_403()
    {
        Refused(403, request => request.Headers.Cookie = "a=b; parley_session=abc");
        Assert.True(Judge(request => request.Headers.Cookie = "a=b").IsAccepted);
        Action<HttpRequest> underTls = request => request.Headers.Cookie = "__Host-parley_session=abc";
        Refused(403, underTls, Options with { SessionCookie = "__Host-parley_session" });
    }

    [Fact]
    public void With_a_bearer_token_origin_and_cookies_do_not_count()
    {
        HandshakeResult result = Judge(request =>
        {
            request.Headers.Authorization = "bearer abc";
            request.Headers.Origin = "https://evil.example";
            request.Headers.Cookie = "parley_session=abc";
        });
        Assert.True(result.IsAccepted);
        Assert.True(result.IgnoreCookies);
        Refused(403, request =>
        {
            request.Headers.Authorization = "Basic YTpi";
            request.Headers.Cookie = "parley_session=abc";
        });
    }

    [Theory]
    [InlineData(null)]
    [InlineData(null, " , ")]
    [InlineData(Subprotocol.Json, "parley.v1.json")]
    [InlineData(Subprotocol.Text, "parley.v1.text")]
    [InlineData(Subprotocol.Text, "soap, parley.v1.text, parley.v1.json")]
    [InlineData(Subprotocol.Json, "soap", "parley.v1.json,parley.v1.text")]
    public void The_first_known_subprotocol_is_chosen(string? chosen, params string[] offered)
    {
        HandshakeResult result = Judge(request => request.Headers.SecWebSocketProtocol = offered);
        Assert.True(result.IsAccepted);
        Assert.Equal(chosen, result.Subprotocol);
    }

    [Fact]
    public void Only_unknown_subprotocols_get_400_and_learn_ours()
    {
        HandshakeResult result = Refused(400, request => request.Headers.SecWebSocketProtocol = "soap, PARLEY.V1.JSON");
        Assert.Contains("parley.v1.json", result.Body, StringComparison.Ordinal);
        Assert.Contains("parley.v1.text", result.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void The_echo_endpoint_takes_no_subprotocol()
    {
        HandshakeResult result = Judge(
            request => request.Headers.SecWebSocketProtocol = "soap, parley.v1.json", Options with { IgnoreSubprotocols = true });
        Assert.True(result.IsAccepted);
        Assert.Null(result.Subprotocol);
    }

    [Fact]
    public void Deflate_is_agreed_on_only_when_it_is_on()
    {
        Action<HttpRequest> offer = request => request.Headers.SecWebSocketExtensions = "permessage-deflate; client_max_window_bits";
        Assert.False(Judge(offer).Deflate);
        HandshakeResult result = Judge(offer, Options with { Deflate = true });
        Assert.True(result.Deflate);
        Assert.Equal("permessage-deflate; server_no_context_takeover; client_no_context_takeover", result.Extensions);
        Assert.False(Judge(_ => { }, Options with { Deflate = true }).Deflate);
    }

    [Fact]
    public async Task A_refusal_for_now_says_when_to_come_back()
    {
        HandshakeResult result = HandshakeResult.RefuseFor(TimeSpan.FromSeconds(1.2), 503, "Full; come back later.");
        DefaultHttpContext context = new();
        using MemoryStream body = new();
        context.Response.Body = body;
        await Handshake.RefuseAsync(context, result, TestContext.Current.CancellationToken);
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal("2", context.Response.Headers.RetryAfter);
        Assert.Equal("text/plain; charset=utf-8", context.Response.ContentType);
        Assert.Equal("Full; come back later.\n"u8.ToArray(), body.ToArray());
    }

    private static HandshakeResult Judge(Action<HttpRequest> change, HandshakeOptions? options = null)
    {
        DefaultHttpContext context = new();
        HttpRequest request = context.Request;
        request.Method = "GET";
        request.Protocol = "HTTP/1.1";
        request.Scheme = "http";
        request.Path = "/ws";
        request.Headers.Host = "localhost:5000";
        request.Headers.Upgrade = "websocket";
        request.Headers.Connection = "Upgrade";
        request.Headers.SecWebSocketVersion = "13";
        request.Headers.SecWebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
        change(request);
        return Handshake.Judge(context, options ?? Options);
    }

    private static HandshakeResult Refused(int status, Action<HttpRequest> change, HandshakeOptions? options = null)
    {
        HandshakeResult result = Judge(change, options);
        Assert.False(result.IsAccepted);
        Assert.Equal(status, result.StatusCode);
        Assert.NotEmpty(result.Body);
        Assert.DoesNotContain('\n', result.Body);
        return result;
    }

    private static void Upgrade(Action<HttpRequest> change)
    {
        HandshakeResult result = Refused(426, change);
        Assert.Equal("13", Header(result, "Sec-WebSocket-Version"));
        Assert.Equal("websocket", Header(result, "Upgrade"));
    }

    private static string Header(HandshakeResult result, string name) => Assert.Single(result.Headers, header => header.Key == name).Value;
}
