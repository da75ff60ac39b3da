using Parley.Cli.Settings;

namespace Parley.Cli.Tests.Settings;

public sealed class DurationTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData(" 5 m ", 300_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("00:01:30", 90_000)]
    [InlineData("1.00:00:00", 86_400_000)]
    public void A_duration_is_read_with_its_unit(string text, double milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("-5s")]
    [InlineData("-00:01:00")]
    [InlineData("soon")]
    [InlineData("s")]
    [InlineData("1e3s")]
    [InlineData("1,5s")]
    [InlineData("5 minutes")]
    [InlineData("99999999999999999999d")]
    [InlineData("10675200d")]
    public void What_has_no_unit_or_no_sense_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));
}
