using System.Diagnostics;

namespace Parley.Benchmarks.Stage;

/// <summary>Waiting for another thread, within bounds.</summary>
internal static class Patience
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Waits until something holds.</summary>
    /// <exception cref="TimeoutException">It did not.</exception>
    public static void Until(Func<bool> condition)
    {
        for (var start = Stopwatch.GetTimestamp(); !condition(); Thread.Yield())
        {
            if (Stopwatch.GetElapsedTime(start) > Longest)
            {
                throw new TimeoutException("What a benchmark waits for did not happen.");
            }
        }
    }
}
