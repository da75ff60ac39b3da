using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;
using Parley.Protocol;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Benchmarks.Delivery;

/// <summary>An event as its dialect shows it: done once, for all subscribers.</summary>
public class EventEncoding
{
    private readonly ArrayBufferWriter<byte> _output = new(32 * 1024);
    private readonly StoredEvent _usual = Message(ClientBytes.Letters(100));
    private readonly StoredEvent _scripts = Message(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Grüße, 世界 🙂. ", 5))));

    [Benchmark(Description = "line, 100 B")]
    public int Line() => Encode(LineEncoder.Instance, _usual);

    [Benchmark(Description = "line, 105 B of many scripts")]
    public int LineOfScripts() => Encode(LineEncoder.Instance, _scripts);

    [Benchmark(Description = "JSON, 100 B")]
    public int Json() => Encode(JsonEncoder.Instance, _usual);

    [Benchmark(Description = "JSON, 105 B of many scripts")]
    public int JsonOfScripts() => Encode(JsonEncoder.Instance, _scripts);

    private static StoredEvent Message(byte[] text) => new(123_456, 1_700_000_000_000, "ana", EventKind.Message, "cid-0000123456"u8.ToArray(), text);

    private int Encode(Server.Delivery.IEventEncoder encoder, in StoredEvent stored)
    {
        _output.ResetWrittenCount();
        encoder.Encode("lobby", stored, _output);
        return _output.WrittenCount;
    }
}
