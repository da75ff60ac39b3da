using System.Diagnostics;
using System.Text;
using CsCheck;
using Parley.Server.WebSockets;
using static Parley.Server.Tests.WebSockets.ClientFrames;

namespace Parley.Server.Tests.WebSockets;

/// <summary>What holds for any bytes at all.</summary>
public sealed class FrameReaderProperties
{
    private static readonly Gen<Rune> AnyRune = Gen.OneOf(
        Gen.Int[0, 0x7F], Gen.Int[0x80, 0x7FF], Gen.Int[0x800, 0xD7FF], Gen.Int[0xE000, 0xFFFF], Gen.Int[0x10000, 0x10FFFF]).Select(value => new Rune(value));

    private static readonly Gen<string> AnyText = AnyRune.Array[0, 120].Select(runes => string.Concat(runes));

    private static readonly Gen<(Opcode Opcode, byte[] Payload)> AnyControl =
        Gen.Select(Gen.Bool.Select(ping => ping ? Opcode.Ping : Opcode.Pong), Gen.Int[0, 0x7F].Select(value => (byte)value).Array[0, 125]);

    // A text, where it is cut into fragments, the control frame after each fragment, and whether it is compressed.
    private static readonly Gen<(string Text, int[] Cuts, (Opcode Opcode, byte[] Payload)[] Controls, bool Compressed, uint Key)> AnyMessage =
        Gen.Select(AnyText, Gen.Int[0, 500].Array[0, 5], AnyControl.Array[0, 3], Gen.Bool, Gen.UInt);

    [Fact]
    public void Any_valid_frames_decode_to_what_was_encoded() =>
        Gen.Select(AnyMessage.Array[1, 6], Gen.Int[1, 200].Array[1, 20]).Sample(
            (messages, sizes) =>
            {
                List<byte> wire = [];
                List<string> expected = [];
                foreach (var message in messages)
                {
                    Encode(message.Text, message.Cuts, message.Controls, message.Compressed, message.Key, wire, expected);
                }

                FrameReaderOptions options = new() { Deflate = true };
                Assert.Equal(expected, Transcript.Of([.. wire], options, sizes));
                Assert.Equal(expected, Transcript.Of([.. wire], options, [int.MaxValue]));
            },
            iter: 3_000);

    [Fact]
    public void Random_bytes_never_throw_or_hang_and_read_the_same_however_cut()
    {
        Random random = new(6455);
        for (int i = 0; i < 60_000; i++)
        {
            byte[] wire = new byte[random.Next(1, 60)];
            random.NextBytes(wire);
            if (i % 2 == 0)
            {
                // Get past the first two bytes, or nearly all of it fails there.
                wire[0] = (byte)((wire[0] & 0x80) | random.Next(0, 11));
                wire[^1] |= 0x80;
                wire[Math.Min(1, wire.Length - 1)] |= 0x80;
            }

            ReadTwice(random, wire);
        }
    }

    [Fact]
    public void Mutated_frames_never_throw_or_hang_and_read_the_same_however_cut()
    {
        Random random = new(7692);
        byte[][] seeds =
        [
            [.. Text("hello"), .. Text("wörld", fin: false), .. Ping("p"), .. More("!€𝄞"), .. Close(1000, "bye")],
            [.. Frame(Opcode.Text, Deflate("compressed, compressed, compressed"), rsv: 4), .. Text(new string('x', 300))],
            [.. Frame(Opcode.Text, Deflate("ab")[..2], fin: false, rsv: 4), .. Frame(Opcode.Continuation, Deflate("ab")[2..]), .. Close(4000)],
            [.. Frame(Opcode.Binary, [1, 2, 3]), .. Frame(Opcode.Text, [], fin: false), .. More("", fin: false), .. More("end")],
        ];
        for (int i = 0; i < 60_000; i++)
        {
            byte[] wire = [.. seeds[i % seeds.Length]];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                wire[random.Next(wire.Length)] ^= (byte)(1 << random.Next(8));
            }

            ReadTwice(random, wire[..random.Next(1, wire.Length + 1)]);
        }
    }

    private static void ReadTwice(Random random, byte[] wire)
    {
        FrameReaderOptions options = new()
        {
            Deflate = random.Next(2) == 0,
            AllowBinary = random.Next(2) == 0,
            MaxMessageBytes = random.Next(3) == 0 ? 20 : 65_536,
            MaxFragments = random.Next(3) == 0 ? 2 : 64,
        };
        long start = Stopwatch.GetTimestamp();
        string[] whole = Transcript.Of(wire, options, [int.MaxValue]);
        string[] cut = Transcript.Of(wire, options, [random.Next(1, 9), random.Next(1, 30)]);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.True(whole.SequenceEqual(cut), $"{Convert.ToHexString(wire)}: {string.Join('|', whole)} / {string.Join('|', cut)}");
    }

    private static void Encode(
        string text, int[] cuts, (Opcode Opcode, byte[] Payload)[] controls, bool compressed, uint key, List<byte> wire, List<string> expected)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        byte[] data = compressed ? Deflate(utf8) : utf8;
        int[] ends = [.. cuts.Select(cut => Math.Min(cut, data.Length)).Order(), data.Length];
        int begin = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            bool last = i == ends.Length - 1;
            Opcode opcode = i == 0 ? Opcode.Text : Opcode.Continuation;
            wire.AddRange(Frame(opcode, data[begin..ends[i]], last, compressed && i == 0 ? 4 : 0, key));
            begin = ends[i];
            if (!last && i < controls.Length)
            {
                wire.AddRange(Frame(controls[i].Opcode, controls[i].Payload, key: ~key));
                expected.Add($"{controls[i].Opcode.ToString().ToLowerInvariant()} {Encoding.UTF8.GetString(controls[i].Payload)}");
            }
        }

        expected.Add($"text {text}");
    }
}
