using System.Globalization;

namespace Parley.Faults;

/// <summary>How large a fault test runs, and from which seed. <c>eng/faults NAME --count N --seed S</c> sets both; CI sets none.</summary>
internal static class FaultSize
{
    /// <summary>The trait that names a fault for <c>eng/faults</c>.</summary>
    public const string Trait = "fault";

    /// <summary>How many of what this fault counts: kills, cuts, cases.</summary>
    /// <param name="ci">The size in the normal run.</param>
    public static int Count(int ci) => Number("PARLEY_COUNT", ci);

    /// <summary>The seed given, or a new one. The test prints it.</summary>
    public static int Seed() => Number("PARLEY_SEED", Random.Shared.Next(1_000_000));

    /// <summary>The seed of one of many parts of a run. The same in every process, which <see cref="HashCode"/> is not.</summary>
    public static int SeedOf(int run, int part) => unchecked((run * 397) ^ part);

    /// <summary>The seed given, or a known one: for tests that judge the same cases at every run of CI.</summary>
    public static int Seed(int ci) => Number("PARLEY_SEED", ci);

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
