namespace Parley.Protocol.Tests;

public sealed class CodesTests
{
    [Fact]
    public void Every_error_code_reads_back_by_its_wire_name()
    {
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            Assert.Equal(code, ErrorCodes.Parse(code.WireName()));
        }
    }

    [Theory]
    [InlineData("from_the_future")]
    [InlineData("BadRequest")]
    [InlineData(null)]
    public void An_error_code_that_is_not_known_reads_as_unknown(string? name) => Assert.Equal(ErrorCode.Unknown, ErrorCodes.Parse(name));

    [Fact]
    public void Only_passing_troubles_are_temporary() =>
        Assert.Equal(
            [ErrorCode.RateLimited, ErrorCode.Busy, ErrorCode.Internal],
            Enum.GetValues<ErrorCode>().Where(code => code.IsTemporary()));

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    [InlineData(1002, false)]
    [InlineData(1003, false)]
    [InlineData(1006, true)]
    [InlineData(1007, false)]
    [InlineData(1008, false)]
    [InlineData(1009, false)]
    [InlineData(1011, true)]
    [InlineData(1012, true)]
    [InlineData(1013, true)]
    [InlineData(4400, false)]
    [InlineData(4401, false)]
    [InlineData(4403, false)]
    [InlineData(4408, true)]
    [InlineData(4426, false)]
    [InlineData(4429, true)]
    public void A_close_code_says_whether_to_come_back(int code, bool comesBack) => Assert.Equal(comesBack, CloseCode.ShouldReconnect(code));
}
