using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Parley.Protocol;
using Parley.Protocol.Messages;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Server.Tests.Sessions;

/// <summary>Frames that are written by hand have the bytes that the wire records would give.</summary>
public sealed class EncoderTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Int[0, 0x7F], Gen.Int[0x80, 0x7FF], Gen.Int[0x800, 0xD7FF], Gen.Int[0xE000, 0xFFFF], Gen.Int[0x10000, 0x10FFFF])
        .Select(rune => new Rune(rune)).Array[0, 60].Select(runes => string.Concat(runes));

    private static readonly Gen<string?> AnyCid = Gen.OneOf(Gen.Const((string?)null), Gen.String[Gen.Char["azAZ09_-"], 1, 64].Select(s => (string?)s));

    [Fact]
    public void An_event_has_the_bytes_of_its_wire_record() =>
        Gen.Select(Gen.Long[1, 1L << 53], Gen.Long[-1, 1L << 53], AnyText, AnyCid, AnyText).Sample((seq, ts, by, cid, text) =>
        {
            var stored = new StoredEvent(seq, ts, by, EventKind.Message, Cids.BytesOf(cid), Encoding.UTF8.GetBytes(text));
            var written = new ArrayBufferWriter<byte>();
            JsonEncoder.Instance.Encode("lobby", stored, written);
            var record = new Event { Room = "lobby", Seq = seq, Ts = ts, By = by, K = EventKind.Message, Cid = cid, Text = text.Length == 0 ? null : text };
            Assert.Equal(Bytes(record), Encoding.UTF8.GetString(written.WrittenSpan));
        });

    [Fact]
    public void An_ok_has_the_bytes_of_its_wire_record() =>
        Gen.Select(Gen.Long.Nullable(), Gen.Long, Gen.Long, Gen.Bool).Sample((id, seq, ts, dup) =>
        {
            Span<byte> written = stackalloc byte[OkFrame.MaxLength];
            var length = OkFrame.Write(written, id, seq, ts, dup);
            var record = new Ok { Re = id, Seq = seq, Ts = ts, Dup = dup ? true : null };
            Assert.Equal(Bytes(record), Encoding.UTF8.GetString(written[..length]));
        });

    [Fact]
    public void A_line_never_holds_what_a_terminal_obeys() =>
        AnyText.Sample(text =>
        {
            var written = new ArrayBufferWriter<byte>();
            LineEncoder.Instance.Encode("lobby", new StoredEvent(1, 0, "ana", EventKind.Message, default, Encoding.UTF8.GetBytes(text)), written);
            var line = Encoding.UTF8.GetString(written.WrittenSpan);
            Assert.DoesNotContain(line, c => char.IsControl(c) && c is not ('\n' or '\t'));
            Assert.DoesNotContain(line, c => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
            var kept = text.EnumerateRunes().Where(r => line.Contains(r.ToString(), StringComparison.Ordinal));
            Assert.All(
                text.EnumerateRunes().Except(kept),
                r => Assert.True(Rune.IsControl(r) || Rune.GetUnicodeCategory(r) is System.Globalization.UnicodeCategory.Format
                    or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
                    or System.Globalization.UnicodeCategory.OtherNotAssigned, $"U+{r.Value:X} was lost."));
        });

    private static string Bytes(ServerMessage message) => JsonSerializer.Serialize(message, WireJson.Strict.ServerMessage);
}
