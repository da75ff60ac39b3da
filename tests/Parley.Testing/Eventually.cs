using System.Runtime.CompilerServices;

namespace Parley.Testing;

/// <summary>Waiting for a condition, with a bound.</summary>
public static class Eventually
{
    /// <summary>Waits until the condition holds; fails the test when it does not within <see cref="WireClient.Patience"/>.</summary>
    public static async Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > WireClient.Patience)
            {
                throw new TimeoutException("Never true: " + text);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Waits until the condition holds whenever it is looked at, many times in a row: until what moved has come to rest.</summary>
    public static async Task StaysTrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        var inARow = 0;
        await TrueAsync(() => (inARow = condition() ? inARow + 1 : 0) >= 40, text);
    }
}
