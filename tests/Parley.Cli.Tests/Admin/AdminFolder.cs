using Microsoft.Data.Sqlite;
using Parley.Cli.Tests.Commands;
using Parley.Testing;

namespace Parley.Cli.Tests.Admin;

/// <summary>A data folder with a hash chain, the servers that run on it, and the commands that are tried on it.</summary>
internal sealed class AdminFolder : IDisposable
{
    private static readonly Dictionary<string, string> Nothing = [];

    private readonly TempFolder _temp = new();

    public AdminFolder() => File.WriteAllText(In("chained.json"), """{"Storage":{"HashChain":true}}""");

    /// <summary>The data folder.</summary>
    public string Data => In("data");

    /// <summary>The database in it.</summary>
    public string Database => Path.Combine(Data, "parley.db");

    /// <summary>A path beside the data folder.</summary>
    public string In(string name) => Path.Combine(_temp.Path, name);

    /// <summary>Starts a server on the data folder, in which ana has said these texts in the lobby.</summary>
    public async Task<ServingProcess> ServeAsync(params string[] texts)
    {
        var server = await ServingProcess.StartAsync(ServingProcess.Built, "--data", Data, "--config", In("chained.json"));
        try
        {
            await SayAsync(server, texts);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>ana says something in the lobby, and it is stored. The last text needs no escapes in JSON.</summary>
    public static async Task SayAsync(ServingProcess server, params string[] texts)
    {
        if (texts.Length == 0)
        {
            return;
        }

        await using var ana = await WireClient.OpenAsync(server.Address, "/ws?name=ana");
        foreach (var text in texts)
        {
            await ana.SendTextAsync(text);
        }

        await Eventually.TrueAsync(() => EventsIn(server).Contains($"\"{texts[^1]}\"", StringComparison.Ordinal));
    }

    /// <summary>The same, and stops it.</summary>
    public async Task FillAsync(params string[] texts)
    {
        await using var server = await ServeAsync(texts);
        Assert.Equal(0, await server.StopAsync());
    }

    /// <summary>The lobby's events, as the server tells them.</summary>
    public static string EventsIn(ServingProcess server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/rooms/lobby/events?after=0");
        using var answer = server.Http.Send(request);
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        return reader.ReadToEnd();
    }

    /// <summary>Runs a command.</summary>
    public static Task<Outcome> RunAsync(params string[] arguments) => ParleyProcess.RunAsync(Nothing, arguments);

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>What it wrote.</returns>
    public static async Task<string> DoAsync(params string[] arguments)
    {
        var outcome = await RunAsync(arguments);
        Assert.Equal(("", 0), (outcome.Error, outcome.ExitCode));
        return outcome.Output;
    }

    /// <summary>Runs a command that must fail with one line.</summary>
    /// <returns>The line.</returns>
    public static async Task<string> FailAsync(int code, params string[] arguments)
    {
        var outcome = await RunAsync(arguments);
        Assert.Equal(("", code), (outcome.Output, outcome.ExitCode));
        return Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Changes a database behind everybody's back.</summary>
    public static void Change(string file, string sql)
    {
        using var database = new SqliteConnection($"Data Source={file};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    public void Dispose() => _temp.Dispose();
}
