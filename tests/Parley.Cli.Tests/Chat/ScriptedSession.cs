using System.Collections.Concurrent;
using System.Threading.Channels;
using Parley.Cli.Chat;

namespace Parley.Cli.Tests.Chat;

/// <summary>A session whose other end is the test: it sees what is sent and decides when that is stored.</summary>
internal sealed class ScriptedSession
{
    private readonly Channel<ChatEvent> _incoming = Channel.CreateBounded<ChatEvent>(16);
    private readonly Channel<Sent> _sent = Channel.CreateBounded<Sent>(1_024);

    public ScriptedSession() => Session = new()
    {
        Incoming = _incoming.Reader,
        Send = (text, cancellationToken) => Take(text, cancellationToken),
        SendAction = (text, cancellationToken) => Take($"(me) {text}", cancellationToken),
        Close = _ =>
        {
            IsClosed = true;
            _incoming.Writer.TryComplete();
            return Task.CompletedTask;
        },
        Join = (room, _) => Answer($"join {room}", new ChatStatus($"in {room}")),
        Who = (_, _) => Answer("who", new ChatStatus("ana, bob")),
        Last = (count, _) => Answer($"last {count}", new ChatMessage(DateTimeOffset.UnixEpoch, "bob", "earlier")),
    };

    public ChatSession Session { get; }

    /// <summary>Which messages are stored as soon as they are sent. The others wait for the test.</summary>
    public Predicate<string> StoresAtOnce { get; init; } = _ => true;

    public bool IsClosed { get; private set; }

    /// <summary>What commands asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public ValueTask SayAsync(ChatEvent happened) => _incoming.Writer.WriteAsync(happened, TestContext.Current.CancellationToken);

    public void End(Exception? why = null) => _incoming.Writer.TryComplete(why);

    /// <summary>The next message that was sent.</summary>
    public ValueTask<Sent> NextAsync() => _sent.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Everything that was sent and not looked at.</summary>
    public IEnumerable<string> Rest()
    {
        while (_sent.Reader.TryRead(out var sent))
        {
            yield return sent.Text;
        }
    }

    private Task Take(string text, CancellationToken cancellationToken)
    {
        var sent = new Sent(text);
        if (StoresAtOnce(text))
        {
            sent.Store();
        }

        Assert.True(_sent.Writer.TryWrite(sent));
        return sent.Stored.WaitAsync(cancellationToken);
    }

    private Task<IReadOnlyList<ChatEvent>> Answer(string request, ChatEvent answer)
    {
        Requests.Enqueue(request);
        return Task.FromResult<IReadOnlyList<ChatEvent>>([answer]);
    }
}

/// <summary>A message on its way.</summary>
internal sealed class Sent(string text)
{
    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Text { get; } = text;

    public Task Stored => _stored.Task;

    public void Store() => _stored.SetResult();

    public void Refuse(string why) => _stored.SetException(new InvalidOperationException(why));
}
