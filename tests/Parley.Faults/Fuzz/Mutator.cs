namespace Parley.Faults.Fuzz;

/// <summary>Makes new inputs of known ones: flips, cuts, repeats, splices, and tokens that mean something to what is tested.</summary>
/// <param name="corpus">Inputs to begin with.</param>
/// <param name="tokens">Pieces that are put in anywhere.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]> tokens)
{
    private const int MaxBytes = 8_192;

    private static readonly byte[] Edges = [0x00, 0x01, 0x09, 0x0A, 0x0D, 0x1B, 0x20, 0x22, 0x5C, 0x7E, 0x7F, 0x80, 0xC2, 0xE2, 0xF4, 0xFE, 0xFF];

    /// <summary>One input, the same for the same state of <paramref name="random"/>; one in ten is of the corpus as it is.</summary>
    public byte[] Next(Random random)
    {
        var bytes = new List<byte>(corpus[random.Next(corpus.Count)]);
        if (random.Next(10) > 0)
        {
            for (var change = 1 + Skewed(random, 6); change > 0; change--)
            {
                Change(random, bytes);
            }
        }

        return bytes.Count > MaxBytes ? [.. bytes[..MaxBytes]] : [.. bytes];
    }

    private void Change(Random random, List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(bytes.Count - at, 1 + Skewed(random, 40));
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = Edges[random.Next(Edges.Length)];
                break;
            case 3:
                bytes.Insert(at, Edges[random.Next(Edges.Length)]);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(at, Enumerable.Repeat(bytes.GetRange(at, length), 1 + Skewed(random, 20)).SelectMany(b => b).ToArray());
                break;
            case 6:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..(from + random.Next(other.Length - from + 1))]);
                break;
            case 7 when random.Next(8) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                bytes.InsertRange(at, tokens[random.Next(tokens.Count)]);
                break;
        }
    }

    // Mostly small.
    private static int Skewed(Random random, int below) => random.Next(1 + random.Next(below));
}
