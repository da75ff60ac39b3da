using System.Collections.Concurrent;
using System.Diagnostics;

namespace Parley.Faults.Models;

/// <summary>Whatever several clients do in both dialects, each of them is told what a model of a few lists says.</summary>
[Trait(FaultSize.Trait, "model")]
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int MostSteps = 12;

    [Fact]
    public async Task Any_sequence_of_commands_does_what_the_model_does()
    {
        var count = FaultSize.Count(ci: 10_000); // --count counts sequences.
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults model --count {count} --seed {seed}");
        var start = Stopwatch.GetTimestamp();
        var steps = 0;
        var different = new ConcurrentQueue<Step[]>();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            var sequence = Step.Sequence(new Random(unchecked((seed * 1_000_003) + i)), MostSteps);
            Interlocked.Add(ref steps, sequence.Length);
            if (different.IsEmpty && await ModelRun.PlayAsync(sequence) is not null)
            {
                different.Enqueue(sequence);
            }
        });
        output.WriteLine($"{count} sequences, {steps} steps in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        if (different.TryDequeue(out var found))
        {
            Assert.Fail(await ShortenAsync(found));
        }
    }

    /// <summary>Leaves out what is not needed for a difference.</summary>
    private static async Task<string> ShortenAsync(Step[] steps)
    {
        var difference = await ModelRun.PlayAsync(steps) ?? "The difference did not come again.";
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            Step[] without = [.. steps[..i], .. steps[(i + 1)..]];
            if (await ModelRun.PlayAsync(without) is { } still)
            {
                (steps, difference) = (without, still);
            }
        }

        return $"{string.Join('\n', steps.AsEnumerable())}\n{difference}";
    }
}
