using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Parley.Protocol;
using Parley.Protocol.Requests;
using Parley.Server.Sessions;

namespace Parley.Benchmarks.Sessions;

/// <summary>A <c>send</c> as it comes, what it is limited by, and its <c>ok</c> as it goes. Must allocate nothing.</summary>
public class JsonRequests
{
    private static readonly byte[] Send = JsonSerializer.SerializeToUtf8Bytes<ClientMessage>(
        new Send { Id = 123_456, Room = "lobby", Cid = "cid-0000123456", Text = new string('x', 100) }, WireJson.Strict.ClientMessage);

    private readonly byte[] _texts = new byte[Send.Length];
    private readonly SendLimiter _limiter = new(new SendOptions(), TimeProvider.System);
    private readonly byte[] _output = new byte[OkFrame.MaxLength];

    [Benchmark(Description = "head of a send")]
    public bool Head() => RequestHead.TryRead(Send, out var head) && head.IsKnown;

    [Benchmark(Description = "whole send")]
    public bool Whole() => SendRequest.TryRead(Send, _texts, out _);

    [Benchmark(Description = "token")]
    public TimeSpan Token() => _limiter.Take("ana");

    [Benchmark(Description = "ok")]
    public int Ok() => OkFrame.Write(_output, 123_456, 654_321, 1_700_000_000_000, dup: false);
}
