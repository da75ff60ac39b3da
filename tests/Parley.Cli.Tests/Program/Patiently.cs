namespace Parley.Cli.Tests.Program;

/// <summary>Waiting for a condition, with a bound.</summary>
internal static class Patiently
{
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string>? state = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException("It never came about. " + state?.Invoke());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
