using System.Collections.Concurrent;

namespace Parley.Server.Sessions;

/// <summary>One token bucket for each user that writes. Bounded: a bucket that has filled up again is forgotten.</summary>
internal sealed class SendLimiter(SendOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.OrdinalIgnoreCase);
    private long _refused;

    /// <summary>How many times there was no token.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Takes one token of a user.</summary>
    /// <returns>Zero, or how long until there is one.</returns>
    public TimeSpan Take(string user)
    {
        if (options.PerSecond <= 0)
        {
            return TimeSpan.Zero;
        }

        var bucket = _buckets.GetOrAdd(user, static (_, b) => new Bucket(b), options.Burst);
        lock (bucket)
        {
            Refill(bucket);
            if (bucket.Tokens >= 1)
            {
                bucket.Tokens--;
                return TimeSpan.Zero;
            }

            Interlocked.Increment(ref _refused);
            return TimeSpan.FromSeconds((1 - bucket.Tokens) / options.PerSecond);
        }
    }

    /// <summary>Forgets the buckets that are full. Called about once a second.</summary>
    public void Sweep()
    {
        foreach (var (user, bucket) in _buckets)
        {
            lock (bucket)
            {
                Refill(bucket);
                if (bucket.Tokens >= options.Burst)
                {
                    _buckets.TryRemove(user, out _);
                }
            }
        }
    }

    private void Refill(Bucket bucket)
    {
        var now = time.GetTimestamp();
        var elapsed = bucket.At == 0 ? TimeSpan.Zero : time.GetElapsedTime(bucket.At, now);
        bucket.Tokens = Math.Min(options.Burst, bucket.Tokens + (elapsed.TotalSeconds * options.PerSecond));
        bucket.At = now;
    }

    private sealed class Bucket(double tokens)
    {
        public double Tokens { get; set; } = tokens;

        public long At { get; set; }
    }
}
