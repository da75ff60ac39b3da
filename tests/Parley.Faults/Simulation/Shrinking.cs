namespace Parley.Faults.Simulation;

/// <summary>Makes a failing plan small: leaves out people, and steps, in ever smaller runs of them, as long as it still fails.</summary>
internal static class Shrinking
{
    private const int MostTries = 2_000;

    /// <param name="plan">A plan that fails.</param>
    /// <param name="fails">Whether a plan does.</param>
    /// <returns>The smallest found.</returns>
    public static Plan Shrink(Plan plan, Func<Plan, bool> fails)
    {
        var tries = 0;
        bool Holds(Plan candidate) => ++tries <= MostTries && fails(candidate);

        foreach (var person in Enumerable.Range(0, plan.World.People.Count).Except(plan.Absent))
        {
            var without = plan with { Absent = [.. plan.Absent, person], Steps = [.. plan.Steps.Where(s => s.Who != person || IsOfTheServer(s.Deed))] };
            plan = Holds(without) ? without : plan;
        }

        for (var length = plan.Steps.Count; length > 0; length /= 2)
        {
            for (var from = 0; from < plan.Steps.Count;)
            {
                var without = plan with { Steps = [.. plan.Steps.Take(from), .. plan.Steps.Skip(from + length)] };
                if (Holds(without))
                {
                    plan = without;
                }
                else
                {
                    from += length;
                }
            }
        }

        return plan;
    }

    private static bool IsOfTheServer(Deed deed) => deed >= Deed.FailCommits;
}
