using CsCheck;

namespace Parley.Client.Tests.Connections;

public sealed class BackoffTests
{
    [Fact]
    public void The_bound_doubles_from_half_a_second_to_thirty_seconds()
    {
        var backoff = new Backoff(new Random(1));
        var bounds = new List<double>();
        for (var n = 0; n < 9; n++)
        {
            bounds.Add(backoff.Ceiling.TotalSeconds);
            backoff.Next();
        }

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], bounds);
    }

    [Fact]
    public void Every_delay_lies_between_zero_and_its_bound() =>
        Gen.Int.Sample(seed =>
        {
            var backoff = new Backoff(new Random(seed));
            return Enumerable.Range(0, 20).All(_ =>
            {
                var bound = backoff.Ceiling;
                var delay = backoff.Next();
                return delay >= TimeSpan.Zero && delay <= bound;
            });
        });

    [Fact]
    public void The_same_seed_gives_the_same_delays()
    {
        Backoff one = new(new Random(7)), other = new(new Random(7));
        Assert.Equal(Enumerable.Range(0, 5).Select(_ => one.Next()), Enumerable.Range(0, 5).Select(_ => other.Next()));
    }

    [Fact]
    public void A_reset_begins_again_at_half_a_second()
    {
        var backoff = new Backoff(new Random(1));
        backoff.Next();
        backoff.Next();
        backoff.Reset();
        Assert.Equal(TimeSpan.FromSeconds(0.5), backoff.Ceiling);
    }
}
