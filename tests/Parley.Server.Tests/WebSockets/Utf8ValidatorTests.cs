using System.Buffers;
using System.Text;
using CsCheck;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Against the runtime's own strict decoder, which this type does not use for divided characters.</summary>
public sealed class Utf8ValidatorTests
{
    [Fact]
    public void All_sequences_of_one_and_two_bytes_are_judged_right()
    {
        for (int first = 0; first < 256; first++)
        {
            Judge([(byte)first]);
            for (int second = 0; second < 256; second++)
            {
                Judge([(byte)first, (byte)second]);
            }
        }
    }

    [Fact]
    public void Sequences_of_three_and_four_bytes_are_judged_right()
    {
        // The borders of every range in the table of well-formed sequences, as first and as later bytes.
        byte[] firsts = [0x00, 0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF];
        byte[] laters = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xFF];
        foreach (byte first in firsts)
        {
            foreach (byte second in laters)
            {
                foreach (byte third in laters)
                {
                    Judge([first, second, third]);
                    foreach (byte fourth in laters)
                    {
                        Judge([first, second, third, fourth]);
                    }
                }
            }
        }
    }

    [Fact]
    public void Any_bytes_in_any_pieces_are_judged_right() =>
        Gen.Select(Gen.OneOf(Gen.Byte, Gen.Byte[0x80, 0xBF], Gen.Byte[0x20, 0x7E]).Array[0, 12], Gen.Int[1, 5]).Sample(
            (bytes, size) =>
            {
                Utf8Validator validator = default;
                bool good = true;
                foreach (byte[] piece in bytes.Chunk(size))
                {
                    good = good && validator.TryAppend(piece);
                }

                Assert.Equal(Prefix(bytes) != OperationStatus.InvalidData, good);
                Assert.True(!good || validator.IsComplete == (Prefix(bytes) == OperationStatus.Done));
            },
            iter: 100_000);

    [Fact]
    public void Every_scalar_value_is_good_and_every_surrogate_is_bad()
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (int value = 0; value <= 0x10FFFF; value++)
        {
            Utf8Validator validator = default;
            if (Rune.TryCreate(value, out Rune rune))
            {
                int length = rune.EncodeToUtf8(utf8);
                Assert.True(validator.TryAppend(utf8[..1]) && validator.TryAppend(utf8[1..length]) && validator.IsComplete);
            }
            else
            {
                byte[] surrogate = [0xED, (byte)(0x80 | ((value >> 6) & 0x3F))];
                Assert.False(validator.TryAppend(surrogate));
            }
        }
    }

    private static void Judge(byte[] bytes)
    {
        OperationStatus expected = Prefix(bytes);
        Utf8Validator atOnce = default;
        Assert.Equal(expected != OperationStatus.InvalidData, atOnce.TryAppend(bytes));

        // Byte by byte: no at exactly the first byte after which the strict decoder sees no hope.
        Utf8Validator stepwise = default;
        for (int i = 0; i < bytes.Length; i++)
        {
            OperationStatus prefix = Prefix(bytes.AsSpan(0, i + 1));
            Assert.Equal(prefix != OperationStatus.InvalidData, stepwise.TryAppend(bytes.AsSpan(i, 1)));
            if (prefix == OperationStatus.InvalidData)
            {
                return;
            }

            Assert.Equal(prefix == OperationStatus.Done, stepwise.IsComplete);
        }
    }

    private static OperationStatus Prefix(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out _, out int consumed);
            if (status != OperationStatus.Done)
            {
                return status;
            }

            bytes = bytes[consumed..];
        }

        return OperationStatus.Done;
    }
}
