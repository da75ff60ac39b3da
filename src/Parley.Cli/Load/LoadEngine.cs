using System.Net;
using Parley.Cli.Load.Readiness;

namespace Parley.Cli.Load;

/// <summary>
/// Runs all simulated users on the thread that calls <see cref="Run"/>. One thread on purpose: nothing is shared, so
/// nothing is locked, and what the generator itself costs is one plain number.
/// </summary>
internal sealed partial class LoadEngine : IDisposable
{
    // Few at a time, so that senders are looked at often.
    private const int ReadyAtOnce = 32;

    private static readonly long PublishEvery = MonotonicClock.Second / 4;
    private static readonly long MaxDrain = 60 * MonotonicClock.Second;

    // Below the time after which a process that was told to stop is ended.
    private static readonly long MaxDrainWhenStopped = 20 * MonotonicClock.Second;

    // What comes twice comes after everything is there; so a while is waited for it.
    private static readonly long Linger = MonotonicClock.Second / 4;

    private readonly LoadOptions _options;
    private readonly LoadPlan _plan;
    private readonly LoadTally _tally;
    private readonly ILoadDialect _dialect;
    private readonly IReadiness _readiness;
    private readonly MonotonicClock _clock;
    private readonly IPEndPoint _server;
    private readonly ServerProcess? _process;
    private readonly CancellationToken _stop;
    private readonly LoadClient[] _clients;
    private readonly Ready[] _ready = new Ready[ReadyAtOnce];
    private readonly ReasonCounts _closeReasons = new();

    private LoadPhase _phase;
    private LoadSnapshot _snapshot = LoadSnapshot.None;
    private LoadMark _measureStart;
    private LoadMark _sendEnd;
    private LoadMark _measureEnd;
    private long _publishAt;
    private long _serverStartBytes;
    private long _serverIdleBytes;
    private long _serverPeakBytes;
    private long _startedAt;
    private int _connected;
    private string? _failure;

    public LoadEngine(LoadOptions options, LoadParts parts, IPEndPoint server, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parts);
        _options = options;
        (_plan, _tally, _dialect, _readiness, _clock, _process) =
            (parts.Plan, parts.Tally, parts.Dialect, parts.Readiness, parts.Clock, parts.Server);
        _server = server;
        _stop = stop;
        _clients = [.. Enumerable.Range(0, options.Connections).Select(i => new LoadClient(i, _plan.RoleOf(i), _plan.VoiceOf(i)))];
        _regulars = options.Clients + options.Senders;
    }

    /// <summary>How the run stands. From any thread.</summary>
    public LoadSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Connects, sends, waits for the rest, and sums up. Once.</summary>
    public LoadSummary Run()
    {
        _serverStartBytes = _process?.Read().ResidentBytes ?? 0;
        _startedAt = _clock.Now;
        if (ConnectAll())
        {
            Settle();
            Send();
            Drain();
        }

        var summary = Summarize();
        foreach (var client in _clients)
        {
            Part(client, goodbye: true);
        }

        return summary;
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Socket?.Dispose();
        }

        _readiness.Dispose();
    }

    private bool IsStopping => _stop.IsCancellationRequested;

    private void Settle()
    {
        _phase = LoadPhase.Settling;
        var end = _clock.Now + (_options.Dialect == LoadDialect.Json ? 0 : MonotonicClock.Span(_options.Settle));
        for (var now = _clock.Now; now < end && !IsStopping; now = _clock.Now)
        {
            Turn(end - now);
        }

        _serverIdleBytes = _process?.Read().ResidentBytes ?? 0;
        foreach (var client in _clients)
        {
            if (client.Role == LoadRole.Stalled && client.Socket is { } socket)
            {
                _readiness.Remove(socket, client.Index);
            }

            if (client.State == LoadState.Ready && (client.Role != LoadRole.Stalled || _options.StallFor > TimeSpan.Zero))
            {
                client.IsReading = true;
                _tally.Join(client.Role);
            }

            if (client.Voice >= 0)
            {
                client.Message = _dialect.Message(client);
            }
        }
    }

    private void Send()
    {
        var start = _clock.Now;
        var measureAt = start + MonotonicClock.Span(_options.Warm);
        var end = measureAt + MonotonicClock.Span(_options.Duration);
        BeginSchedule(start);
        _phase = LoadPhase.Warming;
        for (var now = start; now < end && !IsStopping; now = _clock.Now)
        {
            if (now >= measureAt && _phase == LoadPhase.Warming)
            {
                _phase = LoadPhase.Measuring;
                _tally.BeginMeasuring(now);
                _maxSendLag = 0;
                _measureStart = Mark(now);
            }

            var wait = Math.Min(end - now, _phase == LoadPhase.Warming ? measureAt - now : long.MaxValue);
            wait = Math.Min(wait, _options.Window > 0 ? SendWindow(now) : SendDue(now));
            Turn(Math.Min(wait, RunSchedule(now)));
        }

        if (_phase == LoadPhase.Warming)
        {
            // Stopped before measuring began.
            _measureStart = Mark(_clock.Now);
            _tally.BeginMeasuring(_clock.Now);
        }

        _sendEnd = Mark(_clock.Now);
    }

    private void Drain()
    {
        _phase = LoadPhase.Draining;
        var now = _clock.Now;
        var stopped = IsStopping;
        if (stopped && _wakeAt != long.MaxValue)
        {
            _wakeAt = now;
        }

        var asleep = _wakeAt != long.MaxValue;
        var end = (asleep ? Math.Max(now, _wakeAt) : now) + (stopped ? MaxDrainWhenStopped : MaxDrain);
        long seen = -1;
        var progressAt = now;
        while (now < end && !_tally.IsComplete && now - progressAt < MonotonicClock.Span(_options.Quiet) && IsStopping == stopped)
        {
            if (Progress != seen || _wakeAt != long.MaxValue)
            {
                (seen, progressAt) = (Progress, now);
            }

            Turn(Math.Min(MonotonicClock.Second / 50, Wake(now)));
            now = _clock.Now;
        }

        _measureEnd = Mark(now);
        for (end = now + Linger; now < end; now = _clock.Now)
        {
            Turn(end - now);
        }
    }

    private long Progress =>
        _tally.Delivered(LoadRole.Listener) + _tally.Delivered(LoadRole.Sender) + _tally.Delivered(LoadRole.Stalled) + _tally.Acked;

    // Waits for sockets at most so long, and serves those that are ready.
    private void Turn(long wait)
    {
        var count = _readiness.Wait(_ready, Math.Max(0, wait));
        for (var i = 0; i < count; i++)
        {
            Serve(_ready[i]);
        }

        var now = _clock.Now;
        if (now >= _publishAt)
        {
            _publishAt = now + PublishEvery;
            Publish(now);
        }
    }

    private void Publish(long now)
    {
        var usage = _process?.Read();
        _serverPeakBytes = Math.Max(_serverPeakBytes, usage?.ResidentBytes ?? 0);
        Volatile.Write(ref _snapshot, new LoadSnapshot
        {
            At = now,
            Phase = _phase,
            Connected = _connected,
            Sent = _tally.Sent,
            Delivered = _tally.Delivered(LoadRole.Listener),
            Lost = _tally.Check.Overtaken + _tally.Check.Lost,
            Doubled = _tally.Check.Doubled,
            Reordered = _tally.Check.Reordered,
            P50 = _tally.Latency.Percentile(0.5),
            P99 = _tally.Latency.Percentile(0.99),
            P999 = _tally.Latency.Percentile(0.999),
            Server = usage,
        });
    }
}

/// <summary>What an engine is made of.</summary>
internal sealed record LoadParts(
    LoadPlan Plan, LoadTally Tally, ILoadDialect Dialect, IReadiness Readiness, MonotonicClock Clock, ServerProcess? Server);
