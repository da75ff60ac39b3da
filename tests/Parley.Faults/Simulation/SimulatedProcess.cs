namespace Parley.Faults.Simulation;

/// <summary>
/// One life of the server: where its continuations run, and its clock. When it is killed, whatever it had still to do is
/// never done.
/// </summary>
internal sealed class SimulatedProcess(Scheduler scheduler) : SynchronizationContext
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>True once it was killed.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Its clock: virtual time.</summary>
    public TimeProvider Clock => field ??= new ProcessClock(this, scheduler);

    /// <summary>Runs something as code of the process; of none, if it is null.</summary>
    public static void Do(SimulatedProcess? process, Action action)
    {
        var before = Current;
        SetSynchronizationContext(process);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public void Kill() => IsDead = true;

    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody waits here.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Has a work item of the thread pool run soon.</summary>
    public void Queue(IThreadPoolWorkItem item) => scheduler.Post(this, static item => ((IThreadPoolWorkItem)item!).Execute(), item);

    /// <summary>Waits for a time; not at all for none.</summary>
    public Task PauseAsync(long ticks)
    {
        if (ticks <= 0)
        {
            return Task.CompletedTask;
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.After(this, ticks, over.SetResult);
        return over.Task;
    }

    private sealed class ProcessClock(SimulatedProcess process, Scheduler scheduler) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override long GetTimestamp() => scheduler.Now;

        // Nobody asks for the time of day while holding a lock.
        public override DateTimeOffset GetUtcNow()
        {
            scheduler.Yield(percent: 4);
            return Start + scheduler.WallOffset + TimeSpan.FromTicks(scheduler.Now);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new ProcessTimer(process, scheduler, () => callback(state));
            timer.Change(dueTime, period);
            return timer;
        }
    }

    private sealed class ProcessTimer(SimulatedProcess process, Scheduler scheduler, Action callback) : ITimer
    {
        private Alarm? _alarm;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _alarm?.Cancel();
            _alarm = dueTime < TimeSpan.Zero ? null : scheduler.After(process, dueTime.Ticks, () =>
            {
                if (period > TimeSpan.Zero)
                {
                    Change(period, period);
                }

                callback();
            });
            return true;
        }

        public void Dispose() => _alarm?.Cancel();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
