using System.Text;
using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;
using Parley.Server.WebSockets;

namespace Parley.Benchmarks.WebSockets;

/// <summary>Whether what arrived is UTF-8, in one piece and cut inside characters.</summary>
public class Utf8Validation
{
    private const int Piece = 1_021;

    private readonly byte[] _usual = ClientBytes.Letters(100);
    private readonly byte[] _ascii = ClientBytes.Letters(16 * 1024);
    private readonly byte[] _mixed = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Grüße, 世界 🙂. ", 700)));

    [Benchmark(Description = "100 B of ASCII")]
    public bool Usual() => Judge(_usual, _usual.Length);

    [Benchmark(Description = "16 KiB of ASCII")]
    public bool Ascii() => Judge(_ascii, _ascii.Length);

    [Benchmark(Description = "16 KiB of many scripts")]
    public bool Mixed() => Judge(_mixed, _mixed.Length);

    [Benchmark(Description = "16 KiB of many scripts, cut")]
    public bool Cut() => Judge(_mixed, Piece);

    private static bool Judge(ReadOnlySpan<byte> text, int piece)
    {
        var validator = default(Utf8Validator);
        while (text.Length > piece)
        {
            if (!validator.TryAppend(text[..piece]))
            {
                throw new InvalidOperationException("This is UTF-8.");
            }

            text = text[piece..];
        }

        return validator.TryAppend(text) && validator.IsComplete ? true : throw new InvalidOperationException("This is UTF-8.");
    }
}
