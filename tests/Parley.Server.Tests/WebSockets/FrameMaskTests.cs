using CsCheck;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.WebSockets;

public sealed class FrameMaskTests
{
    [Fact]
    public void Any_part_at_any_position_is_combined_with_the_right_key_bytes() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.UInt, Gen.Int[0, 9], Gen.Int[0, 7]).Sample(
            (bytes, key, position, start) =>
            {
                start = Math.Min(start, bytes.Length);
                byte[] expected = [.. bytes.Select((value, i) => i < start ? value : (byte)(value ^ (key >> (8 * ((position + i - start) % 4)))))];
                FrameMask.Apply(bytes.AsSpan(start), key, position);
                Assert.Equal(expected, bytes);
            },
            iter: 20_000);
}
