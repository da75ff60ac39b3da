namespace Parley.Client;

/// <summary>
/// Delays between tries: random(0, min(30 s, 0.5 s · 2^n)). Full jitter, so that the clients of a server that fell over
/// do not come back in step.
/// </summary>
internal sealed class Backoff(Random random)
{
    internal static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    internal static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private int tries;

    /// <summary>The upper bound of the next delay.</summary>
    public TimeSpan Ceiling => tries >= 6 ? Most : First * (1 << tries);

    /// <summary>The next delay; its bound doubles each time.</summary>
    public TimeSpan Next()
    {
        var delay = Ceiling * random.NextDouble();
        tries = Math.Min(tries + 1, 6);
        return delay;
    }

    /// <summary>Begins again at the first delay.</summary>
    public void Reset() => tries = 0;
}
