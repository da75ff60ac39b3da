using Microsoft.Extensions.Time.Testing;

namespace Parley.Testing;

/// <summary>Moving a test's clock while a server works.</summary>
public static class ClockExtensions
{
    /// <summary>
    /// Advances second by second until the task has ended, with a little real time after each for sockets to be read.
    /// </summary>
    /// <returns>How far the clock was advanced.</returns>
    /// <exception cref="TimeoutException">It did not end within <paramref name="most"/> of the clock.</exception>
    public static async Task<TimeSpan> AdvanceUntilAsync(this FakeTimeProvider clock, Task task, TimeSpan most)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(task);
        var start = clock.GetTimestamp();
        while (!task.IsCompleted)
        {
            if (clock.GetElapsedTime(start) >= most)
            {
                throw new TimeoutException($"Nothing happened in {most}.");
            }

            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }

        await task;
        return clock.GetElapsedTime(start);
    }

    /// <summary>Advances by seconds, one at a time, so that what watches the clock sees each.</summary>
    public static void AdvanceSeconds(this FakeTimeProvider clock, int seconds)
    {
        ArgumentNullException.ThrowIfNull(clock);
        for (var i = 0; i < seconds; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
