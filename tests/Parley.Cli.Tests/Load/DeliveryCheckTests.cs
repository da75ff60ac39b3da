using CsCheck;
using Parley.Cli.Load;

namespace Parley.Cli.Tests.Load;

public sealed class DeliveryCheckTests
{
    private readonly DeliveryCheck _check = new(receivers: 2, voices: 2);

    [Fact]
    public void In_order_nothing_is_wrong()
    {
        Assert.Equal(3, Take(1, 2, 3));
        Assert.Equal((0, 0, 0), (_check.Missing(0, 0, 3), _check.Doubled, _check.Reordered));
    }

    [Fact]
    public void A_message_left_out_is_missing()
    {
        Take(1, 3);

        Assert.Equal((1, 1, 0), (_check.Missing(0, 0, 3), _check.Overtaken, _check.Reordered));
    }

    [Fact]
    public void The_first_and_the_last_ones_can_be_missing_too()
    {
        Take(2, 3);

        Assert.Equal(3, _check.Missing(0, 0, 5));
        Assert.Equal(5, _check.Missing(0, 1, 5));
    }

    [Fact]
    public void A_late_message_is_out_of_order_and_not_missing()
    {
        Assert.Equal(4, Take(1, 3, 4, 2));
        Assert.Equal((0, 0, 1, 0), (_check.Missing(0, 0, 4), _check.Overtaken, _check.Reordered, _check.Doubled));
    }

    [Fact]
    public void A_message_that_comes_again_is_doubled_whenever_it_comes()
    {
        Assert.Equal(4, Take(1, 1, 3, 2, 2, 4, 3));
        Assert.Equal((3, 1), (_check.Doubled, _check.Reordered));
    }

    [Fact]
    public void A_hole_can_be_filled_from_its_middle()
    {
        Take(1, 6, 4, 2, 5);

        Assert.Equal(1, _check.Missing(0, 0, 6));
        Take(3);
        Assert.Equal((0, 4, 0), (_check.Missing(0, 0, 6), _check.Reordered, _check.Doubled));
    }

    [Fact]
    public void Receivers_and_voices_do_not_mix()
    {
        Assert.True(_check.Accept(0, 0, 1));
        Assert.True(_check.Accept(0, 1, 1));
        Assert.True(_check.Accept(1, 0, 1));
        Assert.Equal(0, _check.Doubled);
    }

    [Fact]
    public void Who_comes_later_need_not_have_what_was_before_but_everything_after()
    {
        _check.Restart(0);
        Take(7, 8, 10);
        Assert.Equal(1, _check.OvertakenAt(0));

        _check.Restart(0);
        Take(3, 4);

        Assert.Equal((1, 0, 0, 0), (_check.Lost, _check.OvertakenAt(0), _check.Doubled, _check.Reordered));
    }

    [Fact]
    public void The_largest_number_does_not_pass_for_the_first()
    {
        _check.Restart(0);

        Assert.True(_check.Accept(0, 0, 0));
        Assert.False(_check.Accept(0, 0, 0));
    }

    [Fact]
    public void Whatever_comes_is_counted_as_a_plain_list_would() => Gen.UInt[1, 20].Array[0, 60].Sample(numbers =>
    {
        var check = new DeliveryCheck(1, 1);
        HashSet<uint> seen = [];
        var (doubled, reordered) = (0, 0);
        foreach (var number in numbers)
        {
            var late = seen.Count > 0 && number < seen.Max();
            var isNew = seen.Add(number);
            doubled += isNew ? 0 : 1;
            reordered += isNew && late ? 1 : 0;
            Assert.Equal(isNew, check.Accept(0, 0, number));
        }

        Assert.Equal((doubled, reordered, 20 - seen.Count), (check.Doubled, check.Reordered, check.Missing(0, 0, 20)));
    });

    private int Take(params uint[] numbers) => numbers.Count(number => _check.Accept(0, 0, number));
}
