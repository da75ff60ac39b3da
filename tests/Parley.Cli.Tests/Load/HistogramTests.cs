using CsCheck;
using Parley.Cli.Load;

namespace Parley.Cli.Tests.Load;

public sealed class HistogramTests
{
    private static readonly Gen<long> Duration = Gen.OneOf(Gen.Long[0, 200], Gen.Long[0, 10_000_000], Gen.Long[0, long.MaxValue]);

    [Fact]
    public void Every_percentile_is_within_one_in_128_of_the_true_one() =>
        Gen.Select(Duration.Array[1, 200], Gen.Double[0, 1]).Sample((values, share) =>
        {
            var histogram = new Histogram();
            foreach (var value in values)
            {
                histogram.Record(value);
            }

            Array.Sort(values);
            var exact = values[Math.Max(0, (int)Math.Ceiling(share * values.Length) - 1)];
            Assert.InRange(histogram.Percentile(share), exact - (exact / 128.0) - 1, exact + (exact / 128.0) + 1);
            Assert.Equal(values[^1], histogram.Max);
            Assert.Equal(values.Length, histogram.Count);
        });

    [Fact]
    public void Small_values_are_exact()
    {
        var histogram = new Histogram();
        for (var i = 1; i <= 60; i++)
        {
            histogram.Record(i);
        }

        Assert.Equal(30, histogram.Percentile(0.5));
        Assert.Equal(60, histogram.Percentile(1));
        Assert.Equal(1, histogram.Percentile(0));
    }

    [Fact]
    public void An_empty_or_cleared_one_says_zero()
    {
        var histogram = new Histogram();
        Assert.Equal(0, histogram.Percentile(0.99));

        histogram.Record(5_000);
        histogram.Clear();

        Assert.Equal((0, 0, 0), (histogram.Count, histogram.Max, histogram.Percentile(0.5)));
    }

    [Fact]
    public void A_negative_duration_counts_as_none()
    {
        var histogram = new Histogram();
        histogram.Record(-1);

        Assert.Equal((1, 0), (histogram.Count, histogram.Percentile(0.5)));
    }
}
