namespace Parley.Faults.Simulation;

/// <content>What the steps of a plan do.</content>
internal sealed partial class SimulationRun
{
    private const long SlowFor = 5 * TimeSpan.TicksPerSecond;

    private void Do(Step step)
    {
        switch (step.Deed)
        {
            case Deed.FailCommits:
                _faults.Commits += step.Amount;
                break;
            case Deed.FailReads:
                _faults.Reads += step.Amount;
                break;
            case Deed.SlowStore:
                _faults.Slowness = step.Amount * TimeSpan.TicksPerMillisecond;
                Scheduler.After(null, SlowFor, () => _faults.Slowness = 0);
                break;
            case Deed.Crash when !_away:
                Crash(step.Amount);
                break;
            case Deed.Restart when !_away && _server.IsServing:
                Restart(step.Amount);
                break;
            case Deed.Jump:
                Scheduler.WallOffset += TimeSpan.FromSeconds(step.Amount);
                break;
            default:
                if (_devices.Find(d => d.Index == step.Who) is { } device)
                {
                    Do(device, step);
                }

                break;
        }
    }

    private void Do(Device device, Step step)
    {
        switch (step.Deed)
        {
            case Deed.Leave:
                device.Leave();
                break;
            case Deed.Cut when device.Cable is { } cable:
                Figures.Cuts++;
                cable.Cut();
                break;
            case Deed.GoDark when device.Cable is { } cable:
                Figures.Darks++;
                cable.GoDark();
                break;
            case Deed.Stall when device.Cable is { } cable:
                Figures.Stalls++;
                cable.Stall(step.Amount * TimeSpan.TicksPerMillisecond);
                break;
            default:
                device.Do(step);
                break;
        }
    }

    private void Crash(int awayMs)
    {
        Figures.Crashes++;
        Scheduler.Note(Happening.Killed);
        _away = true;
        _server.Kill();
        Scheduler.After(null, awayMs * TimeSpan.TicksPerMillisecond, () => StartServer());
    }

    private void Restart(int awayMs)
    {
        Figures.Restarts++;
        var server = _server;
        server.Stop();
        void Look()
        {
            if (_away || _server != server)
            {
                return; // It was killed before it had stopped.
            }

            if (server.HasStopped)
            {
                Scheduler.Note(Happening.Stopped);
                server.CheckEnd();
                _away = true;
                Scheduler.After(null, awayMs * TimeSpan.TicksPerMillisecond, () => StartServer());
            }
            else
            {
                Scheduler.After(null, LookEvery, Look);
            }
        }

        Look();
    }
}
