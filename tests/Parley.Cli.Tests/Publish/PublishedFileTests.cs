using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Parley.Cli.Tests.Commands;
using Parley.Testing;

namespace Parley.Cli.Tests.Publish;

/// <summary>The one file that <c>eng/publish</c> makes. Publishing takes minutes, so these run where PARLEY_PUBLISHED names it.</summary>
public sealed class PublishedFileTests
{
    private const string Reason = "PARLEY_PUBLISHED names no published file: run eng/publish --test.";

    private static readonly string File = Environment.GetEnvironmentVariable("PARLEY_PUBLISHED") ?? "";

    /// <summary>Whether there is a file to test.</summary>
    public static bool IsGiven => File.Length > 0;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Skip = Reason, SkipUnless = nameof(IsGiven))]
    public async Task It_serves_and_chats_from_a_pipe_and_stops_cleanly()
    {
        await using var server = await ServingProcess.StartAsync(File);
        await using var bob = await WireClient.OpenAsync(server.Address, "/ws?room=lobby");

        var chat = await RunAsync("hello\n漢字\n", "chat", server.Address.ToString(), "--name", "ana");

        Assert.Equal(0, chat.ExitCode);
        await bob.ReceiveTextAsync("ana: hello");
        await bob.ReceiveTextAsync("ana: 漢字");
        Assert.Equal(0, await server.StopAsync());
        Assert.Equal(1012, (await bob.ReceiveCloseAsync()).CloseCode);
    }

    [Fact(Skip = Reason, SkipUnless = nameof(IsGiven))]
    public async Task It_finds_its_events_again_after_a_restart()
    {
        using var data = new TempFolder();
        await using (var first = await ServingProcess.StartAsync(File, "--data", data.Path))
        {
            using var posted = await first.Http.PostAsync(
                new Uri("/api/rooms/lobby/messages?name=ana", UriKind.Relative), new StringContent("kept", Encoding.UTF8, "text/plain"), Cancelled);
            Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await ServingProcess.StartAsync(File, "--data", data.Path);
        Assert.Contains("kept", await GetAsync(second, "/api/rooms/lobby/messages?name=ana"), StringComparison.Ordinal);
    }

    [Fact(Skip = Reason, SkipUnless = nameof(IsGiven))]
    public async Task It_serves_its_pages_its_description_and_its_figures()
    {
        await using var server = await ServingProcess.StartAsync(File);

        Assert.Equal("ok\n", await GetAsync(server, "/healthz"));
        Assert.Contains("<html", await GetAsync(server, "/"), StringComparison.Ordinal);
        using var description = JsonDocument.Parse(await GetAsync(server, "/openapi/v1.json"));
        Assert.True(description.RootElement.GetProperty("paths").EnumerateObject().Count() > 3);
        Assert.Contains("parley_connections_open", await GetAsync(server, "/metrics"), StringComparison.Ordinal);
    }

    [Fact(Skip = Reason, SkipUnless = nameof(IsGiven))]
    public async Task It_speaks_TLS()
    {
        using var folder = new TempFolder();
        var pem = Path.Combine(folder.Path, "both.pem");
        var certificate = TestCertificate.Instance;
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!; // It was made with one.
        await System.IO.File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem(), Cancelled);

        await using var server = await ServingProcess.StartAsync(File, "--listen", "https://127.0.0.1:0", "--cert", pem);
        await using var ana = await WireClient.OpenAsync(server.Address, "/ws?room=lobby&name=ana");
        await using var bob = await WireClient.OpenAsync(server.Address, "/ws?room=lobby");
        await ana.SendTextAsync("sealed");
        await bob.ReceiveTextAsync("ana: sealed");
        Assert.Equal("ok\n", await GetAsync(server, "/healthz"));
    }

    [Theory(Skip = Reason, SkipUnless = nameof(IsGiven))]
    [InlineData("Connections:MaxFrameBytes", "5")]
    [InlineData("Connections:PingAfter", "30")]
    [InlineData("Storage:Synchronous", "maybe")]
    [InlineData("Metrics", "perhaps")]
    [InlineData("Nothing", "1")]
    public async Task It_says_in_one_line_what_is_wrong_with_a_setting(string key, string value)
    {
        using var folder = new TempFolder();
        var settings = Path.Combine(folder.Path, "parley.json");
        await System.IO.File.WriteAllTextAsync(settings, $$"""{"{{key.Replace(":", "\":{\"")}}":"{{value}}"{{(key.Contains(':') ? "}" : "")}}}""", Cancelled);

        var outcome = await RunAsync("", "serve", "--config", settings, "--data", folder.Path);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(key, Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private static Task<string> GetAsync(ServingProcess server, string path) =>
        server.Http.GetStringAsync(new Uri(path, UriKind.Relative), Cancelled);

    private static async Task<Outcome> RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(File, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The published file did not start.");
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled).WaitAsync(WireClient.Patience, Cancelled);
        return new(process.ExitCode, await output, await error);
    }
}
