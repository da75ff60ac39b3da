using System.Text;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;
using Parley.Server.WebSockets;
using Parley.Testing;

namespace Parley.Server.Tests.Delivery;

/// <summary>Whatever a sink does, what leaves an outlet is whole frames in the right order.</summary>
public sealed class OutletTests : IAsyncLifetime
{
    private static readonly UserRow Ana = new(1, "ana", "guest");

    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _end = new();
    private readonly DeliveryOptions _options = new() { WindowBytes = 65_536, SegmentBytes = 4_096, OutboxBytes = 4_096 };
    private readonly SqliteEventStore _store;
    private readonly CatchUpReader _catchUp;
    private readonly DeliveryLoops _loops;
    private Task _reading = Task.CompletedTask;

    public OutletTests()
    {
        _store = new SqliteEventStore(_folder.Path, new StorageOptions());
        _catchUp = new CatchUpReader(_store, _options, NullLogger<CatchUpReader>.Instance);
        _loops = new DeliveryLoops(_options, _catchUp, NullLogger<DeliveryLoops>.Instance);
    }

    public async ValueTask InitializeAsync()
    {
        await _store.OpenAsync(_end.Token);
        _reading = _catchUp.RunAsync(_end.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
        _end.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public Task Whatever_the_sink_does_frames_leave_whole_and_in_order() =>
        Gen.Select(Gen.Int, Gen.Int[1, 300], Gen.Int[0, 10]).SampleAsync(
            (seed, events, willing) => RunAsync(seed, events, willing).WaitAsync(WireClient.Patience),
            iter: 300,
            threads: 1);

    private async Task RunAsync(int seed, int events, int willing)
    {
        var random = new Random(seed);
        var sink = new RandomSink(seed, halfCloses: true) { Willing = willing };
        var room = NewRoom();
        var scratch = new PublishScratch();
        var outlet = new Outlet(sink, _loops, _loops.Next(), TimeProvider.System);
        var from = random.Next(3);
        for (var i = 1; i <= from; i++)
        {
            Publish(room, i, random, scratch);
        }

        var subscription = room.Subscribe(outlet, JsonEncoder.Instance, head => new ReplayPlan(head, "synced"u8.ToArray(), head));
        outlet.Attach(subscription);
        var replies = 0;
        for (var seq = from + 1; seq <= from + events; seq++)
        {
            if (random.Next(3) == 0)
            {
                outlet.Enqueue(Opcode.Text, Encoding.ASCII.GetBytes($"reply {++replies} before {seq}"));
            }

            if (random.Next(8) == 0)
            {
                room.Signal(JsonEncoder.Instance, "signal"u8);
            }

            Publish(room, seq, random, scratch);
            if (random.Next(4) == 0)
            {
                room.Wake();
                await Task.Yield();
            }
        }

        room.Wake();
        await Eventually.TrueAsync(() => Encoding.ASCII.GetString(sink.Taken()).Contains($"\"seq\":{from + events},", StringComparison.Ordinal));
        outlet.Close(CloseCode.Normal, "done");
        outlet.Enqueue(Opcode.Text, "after the close"u8);
        Publish(room, from + events + 1, random, scratch);
        room.Wake();
        await outlet.WhenFinishedAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(sink.IsClosed);

        var (seqs, answered, synced) = (new List<long>(), 0, 0);
        var frames = Frames(sink.Taken());
        foreach (var frame in frames[..^1])
        {
            if (frame.Text.StartsWith("reply ", StringComparison.Ordinal))
            {
                var words = frame.Text.Split(' ');
                Assert.Equal(++answered, int.Parse(words[1]));
                Assert.True(seqs.Count == 0 || seqs[^1] < long.Parse(words[3]), "What was replied before an event stands before it.");
            }
            else if (frame.Text == "synced")
            {
                synced++;
                Assert.Empty(seqs);
            }
            else if (frame.Text != "signal")
            {
                seqs.Add(System.Text.Json.JsonDocument.Parse(frame.Text).RootElement.GetProperty("seq").GetInt64());
            }
        }

        Assert.Equal((replies, 1), (answered, synced));
        Assert.Equal(Enumerable.Range(from + 1, events).Select(i => (long)i), seqs);
        Assert.Equal((8, CloseCode.Normal, "done"), (frames[^1].Opcode, frames[^1].CloseCode, frames[^1].CloseReason));
        room.Unsubscribe(subscription, JsonEncoder.Instance);
        outlet.Break();
    }

    [Fact]
    public async Task Ones_own_lines_are_passed_over_and_nothing_else()
    {
        var sink = new RandomSink(7, halfCloses: true);
        var room = NewRoom();
        var scratch = new PublishScratch();
        var outlet = new Outlet(sink, _loops, 0, TimeProvider.System);
        var subscription = room.Subscribe(outlet, LineEncoder.Instance, head => new ReplayPlan(head, null, head));
        outlet.Attach(subscription);
        for (var seq = 1; seq <= 500; seq++)
        {
            room.Publish(new StoredEvent(seq, 0, "ana", EventKind.Message, null, Encoding.ASCII.GetBytes($"{seq}")), Ana, seq % 3 == 0 ? subscription : null, scratch);
            if (seq % 50 == 0)
            {
                room.Wake();
            }
        }

        await Eventually.TrueAsync(() => Encoding.ASCII.GetString(sink.Taken()).EndsWith("ana: 500", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, 500).Where(i => i % 3 != 0).Select(i => $"ana: {i}"), Frames(sink.Taken()).Select(f => f.Text));
    }

    [Fact]
    public async Task A_subscription_that_ends_owes_nothing_for_lines_it_did_not_pass()
    {
        var outlet = new Outlet(new RandomSink(1, halfCloses: true), _loops, 0, TimeProvider.System);
        var subscription = NewRoom().Subscribe(outlet, LineEncoder.Instance, head => new ReplayPlan(head, null, head));
        for (var seq = 1; seq <= 1_500; seq++)
        {
            subscription.Skip(seq);
        }

        var waiting = outlet.WaitForSpaceAsync().AsTask();
        Assert.False(waiting.IsCompleted, "1,024 are owed.");
        subscription.End();
        await waiting.WaitAsync(WireClient.Patience, TestContext.Current.CancellationToken);
        for (var seq = 1_501; seq <= 3_000; seq++)
        {
            subscription.Skip(seq);
        }

        Assert.True(outlet.WaitForSpaceAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task While_the_outbox_is_full_requests_wait_until_the_peer_reads()
    {
        var sink = new HeldSink();
        var outlet = new Outlet(sink, _loops, 0, TimeProvider.System);
        outlet.Enqueue(Opcode.Text, new byte[100]);
        await Eventually.TrueAsync(() => outlet.IsParked);
        outlet.Enqueue(Opcode.Text, new byte[_options.OutboxBytes + 1]);
        var waiting = outlet.WaitForSpaceAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        sink.Release();
        await waiting.WaitAsync(WireClient.Patience, TestContext.Current.CancellationToken);

        outlet.Enqueue(Opcode.Text, new byte[_options.OutboxBytes + 1]);
        outlet.Break();
        Assert.True(outlet.WaitForSpaceAsync().AsTask().IsCompleted, "A broken outlet holds nobody.");
    }

    [Fact]
    public async Task A_write_is_stuck_from_its_last_progress_on()
    {
        var clock = new FakeTimeProvider();
        var sink = new HeldSink();
        var outlet = new Outlet(sink, _loops, 0, clock);
        outlet.Enqueue(Opcode.Text, new byte[100]);
        await Eventually.TrueAsync(() => sink.IsHeld);
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(40), outlet.StuckFor);
        sink.Progress();
        Assert.Equal((TimeSpan.Zero, true), (outlet.StuckFor, outlet.IsParked));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), outlet.StuckFor);
        sink.Release();
        await Eventually.TrueAsync(() => !outlet.IsParked);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, outlet.StuckFor);
    }

    [Fact]
    public async Task Signals_are_dropped_for_those_who_are_behind_and_when_too_many_wait()
    {
        var room = NewRoom();
        var (fast, held) = (new RandomSink(3, halfCloses: true) { Willing = 10 }, new HeldSink());
        var (here, behind) = (new Outlet(fast, _loops, 0, TimeProvider.System), new Outlet(held, _loops, 0, TimeProvider.System));
        here.Attach(room.Subscribe(here, JsonEncoder.Instance, head => new ReplayPlan(head, null, head)));
        behind.Attach(room.Subscribe(behind, JsonEncoder.Instance, head => new ReplayPlan(head, null, head)));
        var scratch = new PublishScratch();
        Publish(room, 1, new Random(1), scratch);
        room.Wake();
        await Eventually.TrueAsync(() => behind.IsParked);
        Publish(room, 2, new Random(1), scratch);
        room.Wake();
        room.Signal(JsonEncoder.Instance, "signal 1"u8);
        await Eventually.TrueAsync(() => Encoding.UTF8.GetString(fast.Taken()).Contains("signal 1", StringComparison.Ordinal));
        held.Release();
        await Eventually.TrueAsync(() => Frames(held.Taken()).Count == 2);
        Assert.DoesNotContain(Frames(held.Taken()), f => f.Text.StartsWith("signal", StringComparison.Ordinal));

        var group = new SubscriberGroup(signalBytes: 100);
        Assert.True(group.TryAddSignal(new byte[60]));
        Assert.False(group.TryAddSignal(new byte[60]));
        Assert.True(group.TryAddSignal(new byte[40]));
    }

    private Room NewRoom() =>
        new(new RoomRow(1, "lobby", "Lobby", "public", 0, 1), new Membership([Ana]), _loops, (_, _, _) => { });

    // Not woken: the caller does, as the event writer does after a batch.
    private static void Publish(Room room, long seq, Random random, PublishScratch scratch) => room.Publish(
        new StoredEvent(seq, 1, "ana", EventKind.Message, null, new byte[random.Next(10) == 0 ? 300 : random.Next(60)].Select(_ => (byte)'x').ToArray()),
        Ana,
        null,
        scratch);

    private static List<WireFrame> Frames(byte[] bytes)
    {
        var frames = new List<WireFrame>();
        for (var rest = bytes.AsSpan(); !rest.IsEmpty;)
        {
            Assert.Equal(0x80, rest[0] & 0xF0);
            var (length, header) = (rest[1] & 0x7F) switch
            {
                126 => ((rest[2] << 8) | rest[3], 4),
                var small and < 126 => (small, 2),
                _ => throw new InvalidOperationException("No frame here is that long."),
            };
            frames.Add(new WireFrame(rest[0] & 0xF, rest.Slice(header, length).ToArray()));
            rest = rest[(header + length)..];
        }

        return frames;
    }

    /// <summary>A sink whose peer reads nothing until it is released, and everything from then on.</summary>
    private sealed class HeldSink : IFrameSink
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<byte> _taken = [];
        private Action? _progress;

        /// <summary>True once a write is held.</summary>
        public bool IsHeld => Volatile.Read(ref _progress) is not null;

        public bool CanHalfClose => true;

        public void Release() => _released.SetResult();

        public void Progress() => _progress!.Invoke(); // Not null: a write is held.

        public byte[] Taken()
        {
            lock (_taken)
            {
                return [.. _taken];
            }
        }

        public SinkState Send(ReadOnlyMemory<byte> bytes, out int taken)
        {
            taken = 0;
            if (!_released.Task.IsCompleted)
            {
                return SinkState.Blocked;
            }

            lock (_taken)
            {
                _taken.AddRange(bytes.Span);
            }

            taken = bytes.Length;
            return SinkState.Ready;
        }

        public async ValueTask FinishAsync(ReadOnlyMemory<byte> rest, Action progress)
        {
            Volatile.Write(ref _progress, progress);
            await _released.Task;
            lock (_taken)
            {
                _taken.AddRange(rest.Span);
            }
        }

        public void CloseWrite()
        {
        }
    }
}
