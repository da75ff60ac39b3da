using System.Diagnostics;

namespace Parley.Faults.Simulation;

/// <summary>Rooms, writer, delivery and sessions on one thread in virtual time, with every fault that a seed can think of.</summary>
[Trait(FaultSize.Trait, "simulation")]
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int TraceLines = 60;
    private const int MostFailures = 3;

    [Fact]
    public void Any_plan_keeps_every_promise()
    {
        var count = FaultSize.Count(ci: 10_000);
        var seed = FaultSize.Seed(ci: 1);
        output.WriteLine($"eng/faults simulation --count {count} --seed {seed}");
        var start = Stopwatch.GetTimestamp();
        var sum = new Figures();
        var failed = new List<int>();
        Parallel.For(seed, seed + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (number, loop) =>
        {
            var outcome = SimulationRun.Play(Plan.Draw(number));
            lock (sum)
            {
                sum.Add(outcome.Figures);
                if (outcome.Violations.Count > 0)
                {
                    failed.Add(number);
                    if (failed.Count == MostFailures)
                    {
                        loop.Break();
                    }
                }
            }
        });
        output.WriteLine($"{count} plans, {sum}; {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        if (failed.Count > 0)
        {
            Assert.Fail(string.Join("\n\n", failed.Order().Select(Explain)));
        }
    }

    [Fact]
    public void A_seed_replays_bit_for_bit()
    {
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults simulation --count 1 --seed {seed}");
        for (var number = seed; number < seed + 50; number++)
        {
            var (first, second) = (SimulationRun.Play(Plan.Draw(number)), SimulationRun.Play(Plan.Draw(number), keepsTrace: true));
            Assert.Equal((number, first.Hash), (number, second.Hash));
            Assert.Equal(first.Hash, SimulationRun.Play(Plan.Parse($"{first.Plan}")).Hash);
        }
    }

    [Fact]
    public void A_store_that_forgets_what_it_has_stored_is_caught_by_a_small_plan()
    {
        var seed = Enumerable.Range(0, 2_000).First(n => !KeepsPromisesForgetting(Plan.Draw(n)));
        var plan = Shrinking.Shrink(Plan.Draw(seed), static p => !KeepsPromisesForgetting(p));
        output.WriteLine($"caught by seed {seed}; shrunk to {plan}");
        Assert.InRange(plan.Steps.Count, 1, 10);
    }

    private static bool KeepsPromisesForgetting(Plan plan)
    {
        var seen = new HashSet<(long User, string Cid)>();
        return SimulationRun.Play(plan, sabotage: store => new ForgetfulStore(store, seen)).Violations.Count == 0;
    }

    private string Explain(int seed)
    {
        var plan = Shrinking.Shrink(Plan.Draw(seed), static p => SimulationRun.Play(p).Violations.Count > 0);
        var outcome = SimulationRun.Play(plan, keepsTrace: true);
        var lines = outcome.Trace.Split('\n');
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "evidence")).FullName, $"simulation-{seed}.txt");
        File.WriteAllText(file, outcome.Trace);
        output.WriteLine($"{string.Join('\n', lines.TakeLast(TraceLines))}\nThe whole trace is in {file}");
        return $"""
            {string.Join('\n', SimulationRun.Play(Plan.Draw(seed)).Violations)}
            shrunk to: {plan}
            people: {string.Join(", ", plan.World.People.Select((p, i) => $"{i} {p.User}/{p.Device} {(p.Json ? "json" : "line")} in {string.Join(' ', p.Rooms)}"))}
            {string.Join('\n', outcome.Violations)}
            eng/faults simulation --count 1 --seed {seed}
            """;
    }
}
