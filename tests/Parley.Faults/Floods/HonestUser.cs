using System.Diagnostics;

namespace Parley.Faults.Floods;

/// <summary>
/// Somebody who comes, says a word and goes, over and over, and a friend who listens all the time. On a thread of its own:
/// the attackers keep those of the pool busy.
/// </summary>
internal sealed class HonestUser(Uri server, string name) : IDisposable
{
    private const string Json = "Sec-WebSocket-Protocol: parley.v1.json\r\n";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ManualResetEventSlim _enough = new();
    private Task _chatting = Task.CompletedTask;
    private int _rounds;

    /// <summary>The longest that it took to connect, be let in, and have a word arrive at the friend.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>How often it came.</summary>
    public int Rounds => Volatile.Read(ref _rounds);

    /// <summary>Comes and goes from now on.</summary>
    public void Start() =>
        _chatting = Task.Factory.StartNew(Chat, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Comes no more, when it has come five times.</summary>
    public Task EndAsync()
    {
        _enough.Set();
        return _chatting;
    }

    public void Dispose() => _enough.Dispose();

    private void Chat()
    {
        using var friend = new BlockingSocket(server, "/ws?name=friend", "");
        do
        {
            var start = Stopwatch.GetTimestamp();
            using var client = new BlockingSocket(server, "/ws", Json);
            client.Send($$$"""{"t":"hello","v":1,"guest":{"name":"{{{name}}}"}}""");
            client.ReadUntil("\"t\":\"welcome\"");
            client.Send($$"""{"t":"send","id":1,"room":"lobby","cid":"c{{_rounds}}","text":"round {{_rounds}}!"}""");
            client.ReadUntil("\"re\":1");
            friend.ReadUntil($"{name}: round {_rounds}!");
            var took = Stopwatch.GetElapsedTime(start);
            Longest = took > Longest ? took : Longest;
            Volatile.Write(ref _rounds, _rounds + 1);
            client.Close();
        }
        while (!_enough.Wait(Pause) || _rounds < 5);
    }
}
