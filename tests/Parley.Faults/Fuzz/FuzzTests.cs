namespace Parley.Faults.Fuzz;

/// <summary>Mutated inputs at everything that reads bytes of strangers: no crash, no unhandled exception, no case over a second.</summary>
[Trait(FaultSize.Trait, "fuzz")]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int CiCases = 200_000; // All targets together; --count counts the same.

    [Fact]
    public Task Frames() => PlayAsync("frames", 0.25, FrameFuzz.CheckAsync, new Mutator(FrameFuzz.Corpus, FrameFuzz.Tokens));

    [Fact]
    public async Task Handshakes()
    {
        await using var web = await PipeServer.StartAsync(HandshakeFuzz.JudgeOnTheWeb);
        var fuzz = new HandshakeFuzz(web);
        await PlayAsync("handshakes", 0.2, fuzz.CheckAsync, new Mutator(HandshakeFuzz.Corpus, HandshakeFuzz.Tokens));
        output.WriteLine($"{fuzz.Compared} of them were taken below HTTP, and compared with the web server");
        Assert.True(fuzz.Compared > 0);
    }

    [Fact]
    public async Task Json_requests()
    {
        await using var fuzz = new JsonFuzz();
        await PlayAsync("json", 0.2, fuzz.CheckAsync, new Mutator(JsonFuzz.Corpus, JsonFuzz.Tokens));
    }

    [Fact]
    public async Task Line_commands()
    {
        await using var fuzz = new LineFuzz();
        await PlayAsync("lines", 0.1, fuzz.CheckAsync, new Mutator(LineFuzz.Corpus, LineFuzz.Tokens));
    }

    [Fact]
    public Task What_a_client_reads() => PlayAsync("client", 0.15, ParserFuzz.CheckAsync, new Mutator(ParserFuzz.Corpus, ParserFuzz.Tokens));

    [Fact]
    public Task What_a_terminal_gets() => PlayAsync("terminal", 0.1, TerminalFuzz.CheckAsync, new Mutator(TerminalFuzz.Corpus, TerminalFuzz.Tokens));

    private Task PlayAsync(string target, double share, Func<byte[], ValueTask> check, Mutator mutator)
    {
        var all = FaultSize.Count(ci: CiCases);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults fuzz --count {all} --seed {seed}");
        return new FuzzRun(target, check, output.WriteLine).PlayAsync((int)(all * share), seed, mutator);
    }
}
