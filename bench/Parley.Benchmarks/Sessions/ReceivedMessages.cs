using BenchmarkDotNet.Attributes;
using Parley.Benchmarks.Stage;

namespace Parley.Benchmarks.Sessions;

/// <summary>
/// A message on its way, from the bytes of a socket on; figures are for one message of 100 bytes. Everything but the
/// socket and the store is the real thing, and what all its threads allocate is counted. Up to the answer it must allocate
/// nothing; to the subscribers the room's log and no more, which is what <see cref="Delivery.FrameLogAppend"/> allocates.
/// </summary>
public class ReceivedMessages : IDisposable
{
    /// <summary>Messages of one operation.</summary>
    public const int Messages = 300;

    private const int Connections = 100;

    private readonly List<HandedSource> _senders = [];
    private StagedServer? _server;
    private MemoryStore _store = new();
    private byte[] _message = [];
    private byte[] _bytes = [];
    private int _followers;

    [Params(Dialect.Line, Dialect.Json)]
    public Dialect Speaks { get; set; }

    /// <summary>How many of the 100 connections send, in turn.</summary>
    [Params(1, 100)]
    public int Senders { get; set; }

    [GlobalSetup(Targets = [nameof(ToWriter), nameof(OneByOne)])]
    public void PrepareWriter() => Prepare(publishes: false);

    [GlobalSetup(Target = nameof(ToSubscribers))]
    public void PrepareSubscribers() => Prepare(publishes: true);

    /// <summary>Up to the event writer's queue, and its answer.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "to the writer and its answer")]
    public long ToWriter()
    {
        var target = _store.Head + Messages;
        Hand();
        while (_store.Head < target)
        {
            Thread.Yield();
        }

        return target;
    }

    /// <summary>The same, each in a commit of its own: the next comes when the one before is stored.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "to the writer and its answer, one by one")]
    public long OneByOne()
    {
        for (var i = 0; i < Messages; i++)
        {
            var target = _store.Head + 1;
            Hand(_senders[i % _senders.Count], _message);
            while (_store.Head < target)
            {
                Thread.Yield();
            }
        }

        return _store.Head;
    }

    /// <summary>All the way to 100 subscribers.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "to 100 subscribers")]
    public long ToSubscribers()
    {
        var target = _server!.Delivered + (_followers * Messages); // Not null: prepared.
        Hand();
        while (_server.Delivered < target)
        {
            Thread.Yield();
        }

        return target;
    }

    [GlobalCleanup]
    public void Dispose() => _server?.Dispose();

    private void Hand()
    {
        foreach (var sender in _senders)
        {
            Hand(sender, _bytes);
        }
    }

    private static void Hand(HandedSource sender, byte[] bytes)
    {
        while (!sender.IsWaiting)
        {
            Thread.Yield();
        }

        sender.HandNow(bytes);
    }

    private void Prepare(bool publishes)
    {
        var json = Speaks == Dialect.Json;
        _store = new MemoryStore { Publishes = publishes };
        _server = new StagedServer(_store);
        for (var i = 0; i < Connections; i++)
        {
            var connection = _server.Connect(json);
            if (i < Senders)
            {
                _senders.Add(connection);
            }
        }

        _followers = json ? Connections : Connections - 1; // In the line dialect a sender does not get its own.
        _message = UsualMessage.OfClient(Speaks);
        _bytes = ClientBytes.Repeat(_message, Messages / Senders);
    }
}
