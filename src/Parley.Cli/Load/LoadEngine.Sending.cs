using Parley.Cli.Load.Readiness;

namespace Parley.Cli.Load;

/// <content>Who sends when, who comes and goes, who wakes.</content>
internal sealed partial class LoadEngine
{
    // A sender that is late catches up, but not at the cost of reading.
    private const int MaxCatchUp = 64;
    private static readonly long RetryBlocked = 5 * MonotonicClock.Second / 1000;
    private static readonly long WindowPatience = MonotonicClock.Second;

    private long _schedule;
    private long _nextDue;
    private long _wakeAt = long.MaxValue;
    private long _maxSendLag;
    private long _churnSteps;
    private long _churnJoins;
    private long _churnFailures;
    private int _idleSpoken;
    private int _turn;
    private long _credit;
    private long _windowResets;
    private long _windowSeen;
    private long _windowProgressAt;

    private ReadOnlySpan<LoadClient> Senders => _clients.AsSpan(_options.Clients, _options.Senders);

    private void BeginSchedule(long start)
    {
        _schedule = start;
        _windowProgressAt = start;
        if (_options.Stalled > 0 && _options.StallFor > TimeSpan.Zero)
        {
            _wakeAt = start + MonotonicClock.Span(_options.StallFor);
        }

        foreach (var sender in Senders)
        {
            sender.NextSendAt = start + _plan.FirstSendAt(sender.Voice);
        }
    }

    /// <summary>Open loop: sends what is due.</summary>
    /// <returns>Time until the next is due.</returns>
    private long SendDue(long now)
    {
        if (now < _nextDue)
        {
            return _nextDue - now;
        }

        _nextDue = long.MaxValue;
        foreach (var sender in Senders)
        {
            for (var burst = 0; sender.NextSendAt <= now && burst < MaxCatchUp && sender.CanSend; burst++)
            {
                _maxSendLag = Math.Max(_maxSendLag, now - sender.NextSendAt);
                SendOne(sender);
                sender.NextSendAt += _plan.Gap;
            }

            var next = sender.NextSendAt > now || sender.CanSend ? sender.NextSendAt : now + RetryBlocked;
            _nextDue = Math.Min(_nextDue, next);
        }

        return Math.Max(0, _nextDue - now);
    }

    /// <summary>Closed loop: sends until the window is full again.</summary>
    private long SendWindow(long now)
    {
        var window = (long)_options.Window * _tally.Reading(LoadRole.Listener);
        var delivered = _tally.Delivered(LoadRole.Listener);
        if (delivered != _windowSeen)
        {
            (_windowSeen, _windowProgressAt) = (delivered, now);
        }
        else if (UnderWay >= window && now - _windowProgressAt > WindowPatience)
        {
            // What was lost would keep the window closed for ever.
            _credit += UnderWay;
            _windowResets++;
            _windowProgressAt = now;
        }

        var blocked = 0;
        while (UnderWay < window && blocked < Senders.Length)
        {
            var sender = Senders[_plan.Turns[_turn++ % Senders.Length]];
            if (sender.CanSend)
            {
                SendOne(sender);
                blocked = 0;
            }
            else
            {
                blocked++;
            }
        }

        return RetryBlocked;
    }

    private long UnderWay => _tally.Expected(LoadRole.Listener) - _tally.Delivered(LoadRole.Listener) - _credit;

    private void SendOne(LoadClient client)
    {
        var number = _tally.Send(client.Index, client.Voice);
        var now = _clock.Now;
        if (_options.Dialect == LoadDialect.Json)
        {
            client.Unanswered.Add(number, now);
        }

        Write(client, client.Message!.Fill(number, now)); // Not null: it has a voice.
    }

    /// <summary>Does what the plan says besides sending.</summary>
    /// <returns>Time until the next of it.</returns>
    private long RunSchedule(long now)
    {
        var wait = Wake(now);
        while (_idleSpoken < _options.Idle)
        {
            var idle = _plan.IdleTurns[_idleSpoken];
            var until = _schedule + _plan.SpeaksAt(idle) - now;
            if (until > 0)
            {
                wait = Math.Min(wait, until);
                break;
            }

            _idleSpoken++;
            if (_clients[_plan.IdleClients[idle]] is { CanSend: true } client)
            {
                SendOne(client);
            }
        }

        return _options.Churn > 0 ? Math.Min(wait, ChurnDue(now)) : wait;
    }

    private long ChurnDue(long now)
    {
        while (true)
        {
            var step = _plan.StepAt(_churnSteps);
            if (_schedule + step.At > now)
            {
                return _schedule + step.At - now;
            }

            _churnSteps++;
            var client = _clients[step.Connection];
            Part(client, step.SaysGoodbye);
            _tally.Check.Restart(client.Index);
            _churnJoins++;
            Open(client);
        }
    }

    /// <summary>When it is time, has the stalled read.</summary>
    /// <returns>Time until then.</returns>
    private long Wake(long now)
    {
        if (now < _wakeAt)
        {
            return _wakeAt - now;
        }

        _wakeAt = long.MaxValue;
        foreach (var client in _clients)
        {
            if (client is { Role: LoadRole.Stalled, State: LoadState.Ready, Socket: { } socket })
            {
                socket.ReceiveBufferSize = LargeReceiveBuffer;
                _readiness.Add(socket, client.Index, write: false);
                Serve(new Ready(client.Index, CanRead: true, CanWrite: false, Ended: false));
            }
        }

        return long.MaxValue;
    }
}
