using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;
using Parley.Server.WebSockets;

namespace Parley.Benchmarks.WebSockets;

/// <summary>A message from the bytes that arrived: header, unmasking, UTF-8.</summary>
public class FrameReading : IDisposable
{
    private readonly FrameReader _reader = new(new FrameReaderOptions { MaxMessageBytes = 64 * 1024 });
    private readonly byte[] _small = ClientBytes.Message(ClientBytes.Letters(10));
    private readonly byte[] _usual = ClientBytes.Message(ClientBytes.Letters(100));
    private readonly byte[] _large = ClientBytes.Message(ClientBytes.Letters(16 * 1024));
    private readonly byte[] _fragmented = ClientBytes.Fragmented(ClientBytes.Letters(16 * 1024), 8);

    [Benchmark(Description = "10 B")]
    public int Small() => Read(_small);

    [Benchmark(Description = "100 B")]
    public int Usual() => Read(_usual);

    [Benchmark(Description = "16 KiB")]
    public int Large() => Read(_large);

    [Benchmark(Description = "16 KiB in 8 frames")]
    public int Fragmented() => Read(_fragmented);

    public void Dispose() => _reader.Dispose();

    private int Read(byte[] frame)
    {
        var status = _reader.Read(frame, out var consumed);
        if (status != FrameStatus.Text || consumed != frame.Length)
        {
            throw new InvalidOperationException($"{status}: {_reader.FailureReason}");
        }

        return _reader.Payload.Length;
    }
}
