using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;

namespace Parley.Benchmarks.Sessions;

/// <summary>
/// A message on its way, from the bytes of a socket on; figures are for one message of 100 bytes. Everything but the
/// socket and the store is the real thing, and what all its threads allocate is counted. Must allocate nothing but the
/// room's log.
/// </summary>
public class ReceivedMessages : IDisposable
{
    private const int Messages = 256;
    private const int Listeners = 100;

    private StagedServer? _server;
    private MemoryStore _store = new();
    private HandedSource _sender = new();
    private byte[] _bytes = [];
    private int _followers;

    /// <summary>The sender's dialect and everybody's.</summary>
    public enum Dialect
    {
        Line,
        Json,
    }

    [Params(Dialect.Line, Dialect.Json)]
    public Dialect Speaks { get; set; }

    [GlobalSetup(Target = nameof(ToWriter))]
    public void PrepareWriter() => Prepare(publishes: false, listeners: 0);

    [GlobalSetup(Target = nameof(ToSubscribers))]
    public void PrepareSubscribers() => Prepare(publishes: true, Listeners);

    /// <summary>Up to the event writer's queue, and its answer.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "to the writer and its answer")]
    public long ToWriter()
    {
        var target = _store.Head + Messages;
        _sender.HandNow(_bytes);
        while (_store.Head < target || !_sender.IsWaiting)
        {
            Thread.Yield();
        }

        return target;
    }

    /// <summary>All the way to 100 subscribers.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "to 100 subscribers")]
    public long ToSubscribers()
    {
        var target = _server!.Delivered + (_followers * Messages); // Not null: prepared.
        _sender.HandNow(_bytes);
        while (_server.Delivered < target || !_sender.IsWaiting)
        {
            Thread.Yield();
        }

        return target;
    }

    [GlobalCleanup]
    public void Dispose() => _server?.Dispose();

    private void Prepare(bool publishes, int listeners)
    {
        var json = Speaks == Dialect.Json;
        _store = new MemoryStore { Publishes = publishes };
        _server = new StagedServer(_store);
        for (var i = 0; i < listeners; i++)
        {
            _server.Connect(json);
        }

        _sender = _server.Connect(json);
        _followers = listeners + (json ? 1 : 0); // In the line dialect a sender does not get its own.
        var text = new string('x', 100);
        _bytes = ClientBytes.Repeat(
            ClientBytes.Message(json ? $$"""{"t":"send","id":12345,"room":"lobby","cid":"cid-0000123456","text":"{{text}}"}""" : text),
            Messages);
    }
}
