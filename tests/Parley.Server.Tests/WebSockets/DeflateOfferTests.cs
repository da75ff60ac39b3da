using CsCheck;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

public sealed class DeflateOfferTests
{
    private const string Answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    [Theory]
    [InlineData("permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits")]
    [InlineData("permessage-deflate;client_max_window_bits=8")]
    [InlineData("permessage-deflate ; client_max_window_bits = \"15\"")]
    [InlineData("permessage-deflate; server_no_context_takeover; client_no_context_takeover")]
    [InlineData("x-webkit-deflate-frame, permessage-deflate")]
    [InlineData("permessage-deflate; unknown, permessage-deflate")]
    [InlineData("permessage-deflate; server_max_window_bits=7, permessage-deflate; client_max_window_bits")]
    [InlineData(", ,permessage-deflate")]
    [InlineData("other; a=\"b\", permessage-deflate")]
    public void A_good_offer_is_accepted_without_context_takeover(string offer) => Assert.Equal(Answer, DeflateOffer.Choose([offer]));

    [Fact]
    public void Offers_may_come_in_several_lines() => Assert.Equal(Answer, DeflateOffer.Choose(["other", "permessage-deflate"]));

    [Theory]
    [InlineData("permessage-deflate; server_max_window_bits=10", "10")]
    [InlineData("permessage-deflate; server_max_window_bits=\"8\"; client_max_window_bits", "8")]
    [InlineData("permessage-deflate; server_max_window_bits=15, permessage-deflate", "15")]
    public void A_limit_on_our_window_comes_back(string offer, string bits) =>
        Assert.Equal($"{Answer}; server_max_window_bits={bits}", DeflateOffer.Choose([offer]));

    [Theory]
    [InlineData("")]
    [InlineData("Permessage-Deflate")]
    [InlineData("permessage-deflate-2")]
    [InlineData("permessage-deflate; unknown")]
    [InlineData("permessage-deflate; unknown=1; client_max_window_bits")]
    [InlineData("permessage-deflate; server_no_context_takeover=1")]
    [InlineData("permessage-deflate; client_no_context_takeover=\"\"")]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; client_max_window_bits; client_max_window_bits=9")]
    [InlineData("permessage-deflate; server_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits=")]
    [InlineData("permessage-deflate; server_max_window_bits=7")]
    [InlineData("permessage-deflate; server_max_window_bits=16")]
    [InlineData("permessage-deflate; server_max_window_bits=08")]
    [InlineData("permessage-deflate; server_max_window_bits=+9")]
    [InlineData("permessage-deflate; server_max_window_bits=\"10")]
    [InlineData("permessage-deflate; client_max_window_bits=0")]
    [InlineData("permessage-deflate; client_max_window_bits=150")]
    [InlineData("permessage-deflate;")]
    [InlineData("permessage-deflate; ;")]
    [InlineData("permessage-deflate x")]
    [InlineData("\"permessage-deflate\"")]
    [InlineData("other; a=\"b, permessage-deflate, c\"")]
    public void Any_other_offer_is_declined(string offer) => Assert.Null(DeflateOffer.Choose([offer]));

    [Fact]
    public void No_header_breaks_the_parser() =>
        Gen.Int[0, 5].Array[0, 30].Sample(
            parts => { DeflateOffer.Choose([string.Concat(parts.Select(part => new[] { "permessage-deflate", ";", ",", "=", "\"", "server_max_window_bits" }[part]))]); },
            iter: 20_000);
}
