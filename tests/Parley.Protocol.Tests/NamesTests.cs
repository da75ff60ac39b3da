using CsCheck;

namespace Parley.Protocol.Tests;

public sealed class NamesTests
{
    [Theory]
    [InlineData("lobby", true)]
    [InlineData("0-day_room", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("_a", false)]
    [InlineData("Lobby", false)]
    [InlineData("löbby", false)]
    [InlineData("a b", false)]
    [InlineData("../etc", false)]
    [InlineData("a23456789012345678901234567890ab", true)]
    [InlineData("a23456789012345678901234567890abc", false)]
    public void A_room_id_is_short_lower_case_ascii(string id, bool valid) => Assert.Equal(valid, Names.IsRoom(id));

    [Theory]
    [InlineData("ana", true)]
    [InlineData("Ana.Maria-2_x", true)]
    [InlineData("Łukasz", true)]
    [InlineData("名前", true)]
    [InlineData("", false)]
    [InlineData(".ana", false)]
    [InlineData("ana maria", false)]
    [InlineData("ana\u202e", false)]
    [InlineData("ana\u200b", false)]
    [InlineData("ana\0", false)]
    [InlineData("ana\ud800", false)]
    [InlineData("<b>", false)]
    public void A_user_name_is_letters_and_digits(string name, bool valid) => Assert.Equal(valid, Names.IsUser(name));

    [Theory]
    [InlineData("AZaz09_-", true)]
    [InlineData("", false)]
    [InlineData("a.b", false)]
    [InlineData("a b", false)]
    public void A_cid_is_base64url(string cid, bool valid) => Assert.Equal(valid, Names.IsCid(cid));

    [Fact]
    public void A_cursor_reads_back_as_it_was_written() => Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 32], Gen.Long[0, long.MaxValue]).Sample((epoch, seq) =>
    {
        var cursor = new Cursor(epoch, seq);
        Assert.True(Cursor.TryParse(cursor.ToString(), out var read));
        Assert.Equal(cursor, read);
    });

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("abc")]
    [InlineData("abc:")]
    [InlineData("abc:-1")]
    [InlineData("abc:1x")]
    [InlineData("abc:99999999999999999999")]
    public void A_malformed_cursor_is_refused(string text) => Assert.False(Cursor.TryParse(text, out _));
}
