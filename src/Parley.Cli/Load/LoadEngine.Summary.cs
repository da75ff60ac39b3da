using System.Globalization;
using Parley.Cli.Load.Readiness;

namespace Parley.Cli.Load;

/// <content>Summing up.</content>
internal sealed partial class LoadEngine
{
    private int _closed;

    private LoadMark Mark(long now) => new(
        now,
        _tally.Sent,
        _tally.Delivered(LoadRole.Listener),
        _tally.Delivered(LoadRole.Sender) + _tally.Delivered(LoadRole.Stalled) + _tally.Delivered(LoadRole.Churn),
        Environment.CpuUsage.TotalTime.TotalSeconds,
        EngineCpu(),
        EngineWaited(),
        _process?.Read());

    private static double EngineCpu()
    {
        if (OperatingSystem.IsLinux() && LinuxCalls.ReadClock(LinuxCalls.ThreadCpuClock, out var time) == 0)
        {
            return time.Seconds + (time.Nanoseconds / 1e9);
        }

        return Environment.CpuUsage.TotalTime.TotalSeconds;
    }

    private static double EngineWaited()
    {
        try
        {
            // Nanoseconds on a processor, nanoseconds waiting for one, how often.
            var fields = OperatingSystem.IsLinux() ? File.ReadAllText("/proc/thread-self/schedstat").Split(' ') : [];
            return fields.Length < 2 ? 0 : long.Parse(fields[1], CultureInfo.InvariantCulture) / 1e9;
        }
        catch (IOException)
        {
            return 0; // A kernel built without it.
        }
    }

    private LoadSummary Summarize()
    {
        var seconds = (_tally.LastDeliveryAt - _measureStart.At) / (double)MonotonicClock.Second;
        var sending = (_sendEnd.At - _measureStart.At) / (double)MonotonicClock.Second;
        return new LoadSummary
        {
            Options = _options,
            Failure = _failure is null ? null : $"{_connected} of {_regulars} connected; {_failure}",
            Interrupted = IsStopping,
            Connected = _connected,
            ConnectsPerSecond = _regulars * (double)MonotonicClock.Second / Math.Max(1, _connectedAt - _startedAt),
            Seconds = Math.Max(0, seconds),
            Sent = _measureEnd.Sent - _measureStart.Sent,
            SentInAll = _tally.Sent,
            Delivered = _measureEnd.Delivered - _measureStart.Delivered,
            DeliveredElsewhere = _measureEnd.Elsewhere - _measureStart.Elsewhere,
            Lost = CountLost(),
            Doubled = _tally.Check.Doubled,
            Reordered = _tally.Check.Reordered,
            SeqHoles = _tally.SeqHoles,
            SeqRepeats = _tally.SeqRepeats,
            Acked = _tally.Acked,
            Unacked = _options.Dialect == LoadDialect.Json ? _tally.Sent - _tally.Acked - _tally.Refused : 0,
            StrayAcks = _tally.StrayAcks,
            Refused = _tally.Refused,
            Refusals = _tally.RefusalReasons.Counts,
            Latency = Quantiles.Of(_tally.Latency),
            AckLatency = Quantiles.Of(_tally.AckLatency),
            SendLagMax = _maxSendLag / 1e3,
            WindowResets = _windowResets,
            StalledExpected = _tally.Expected(LoadRole.Stalled),
            StalledDelivered = _tally.Delivered(LoadRole.Stalled),
            StalledClosed = _clients.Count(IsCutOff),
            ChurnJoins = _churnJoins,
            ChurnFailures = _churnFailures,
            IdleSpoken = _idleSpoken,
            Closed = _closed,
            CloseReasons = _closeReasons.Counts,
            OwnCpu = _measureEnd.OwnCpu - _measureStart.OwnCpu,
            Busy = sending > 0 ? (_sendEnd.EngineCpu - _measureStart.EngineCpu) / sending : 0,
            Waited = sending > 0 ? (_sendEnd.EngineWaited - _measureStart.EngineWaited) / sending : 0,
            Server = Share(sending),
        };
    }

    private ServerShare? Share(double sending)
    {
        if (_measureStart.Server is not { } start || _sendEnd.Server is not { } sent || _measureEnd.Server is not { } end)
        {
            return null;
        }

        return new ServerShare(
            end.CpuSeconds - start.CpuSeconds,
            sending > 0 ? (sent.CpuSeconds - start.CpuSeconds) / sending : 0,
            _serverStartBytes,
            _serverIdleBytes,
            end.ResidentBytes,
            Math.Max(_serverPeakBytes, end.ResidentBytes));
    }

    private long CountLost()
    {
        var lost = _tally.Check.Lost;
        foreach (var client in _clients)
        {
            lost += client.Role switch
            {
                LoadRole.Listener or LoadRole.Sender => _tally.MissingAt(client.Index),
                LoadRole.Stalled when _options.StallFor > TimeSpan.Zero => _tally.MissingAt(client.Index),
                LoadRole.Churn => _tally.Check.OvertakenAt(client.Index),
                _ => 0, // Never read, so nobody knows.
            };
        }

        return lost;
    }

    private bool IsCutOff(LoadClient client) =>
        client.Role == LoadRole.Stalled && (client.State == LoadState.Closed || SocketTuning.HasEnded(client.Socket!)); // Not null: not closed.
}
