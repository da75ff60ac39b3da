namespace Parley.Faults.Simulation;

/// <summary>
/// Runs everything of one simulation on one thread, in an order that a seed chooses: continuations and work items that
/// are ready, in any order, and alarms in the order of virtual time, which passes only here.
/// </summary>
/// <param name="seed">Of the order.</param>
/// <param name="habit">How it tends to choose.</param>
/// <param name="trace">Told what runs.</param>
internal sealed class Scheduler(int seed, Habit habit, Trace trace)
{
    private const int MostNested = 2;
    private const long MostSteps = 1_000_000;

    // While something is ready an alarm may still go first if it is as near as this: threads are not infinitely quick.
    private const long Near = 2 * TimeSpan.TicksPerMillisecond;

    private readonly Random _dice = new(seed);
    private readonly List<Work> _ready = [];
    private readonly PriorityQueue<Alarm, (long At, long Number)> _alarms = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _number;
    private int _nested;
    private long _steps;
    private volatile string? _escape;

    /// <summary>Virtual time, in ticks. Begins beyond 0, which the product takes for "never".</summary>
    public long Now { get; private set; } = TimeSpan.TicksPerHour;

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>What broke the simulation itself: work on another thread, or work without end. Null: nothing.</summary>
    public string? Fault => _escape ?? (_steps > MostSteps ? "it does not come to rest" : null);

    /// <summary>True while something is ready to run.</summary>
    public bool HasWork => _ready.Count > 0;

    public Trace Trace => trace;

    /// <summary>Notes what happens.</summary>
    public void Note(Happening what, long a = 0, long b = 0, ReadOnlySpan<byte> bytes = default) => trace.Add(Now, what, a, b, bytes);

    /// <summary>Has something run soon.</summary>
    public void Post(SimulatedProcess? process, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _escape = "a continuation left the thread of the simulation:\n" + Environment.StackTrace;
        }
        else if (process is not { IsDead: true })
        {
            _ready.Add(new Work(process, callback, state, ++_number));
        }
    }

    /// <summary>Has something run after a time.</summary>
    public Alarm After(SimulatedProcess? process, long ticks, Action action)
    {
        var alarm = new Alarm(process, action, ++_number);
        _alarms.Enqueue(alarm, (Now + Math.Max(0, ticks), alarm.Number));
        return alarm;
    }

    /// <summary>Runs until a condition holds, which is looked at after every step.</summary>
    /// <returns>False when it did not before the time was up, or nothing is left to do.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan most)
    {
        var end = Now + most.Ticks;
        while (!condition())
        {
            if (Now > end || Fault is not null || !Step())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Called from where a thread may be held up while it holds no lock, in a system call say: lets others go on meanwhile.
    /// </summary>
    public void Yield(int percent)
    {
        if (_nested == MostNested || _dice.Next(100) >= percent)
        {
            return;
        }

        _nested++;
        for (var steps = _dice.Next(1, 8); steps > 0 && Step(); steps--)
        {
        }

        _nested--;
    }

    private bool Step()
    {
        _steps++;
        var near = _alarms.TryPeek(out _, out var next) && next.At <= Now + Near;
        if (_ready.Count > 0 && !(near && _dice.Next(8) == 0))
        {
            var index = Choose();
            var work = _ready[index];
            _ready.RemoveAt(index);
            Run(work);
            return true;
        }

        if (_alarms.Count == 0 || (_nested > 0 && !near))
        {
            return false;
        }

        Now = Math.Max(Now, next.At);
        var alarm = _alarms.Dequeue();
        if (!alarm.IsCancelled && alarm.Process is not { IsDead: true })
        {
            trace.Add(Now, Happening.Alarm, alarm.Number);
            SimulatedProcess.Do(alarm.Process, alarm.Action);
        }

        return true;
    }

    private void Run(Work work)
    {
        if (work.Process is not { IsDead: true })
        {
            trace.Add(Now, Happening.Ran, work.Number, _ready.Count);
            SimulatedProcess.Do(work.Process, () => work.Callback(work.State));
        }
    }

    private int Choose() => habit switch
    {
        Habit.OldestFirst when _dice.Next(8) > 0 => 0,
        Habit.NewestFirst when _dice.Next(8) > 0 => _ready.Count - 1,
        _ => _dice.Next(_ready.Count),
    };

    private readonly record struct Work(SimulatedProcess? Process, SendOrPostCallback Callback, object? State, long Number);
}

/// <summary>How a scheduler tends to choose.</summary>
internal enum Habit
{
    Any,
    OldestFirst,
    NewestFirst,
}

/// <summary>Something to do at a time.</summary>
internal sealed class Alarm(SimulatedProcess? process, Action action, long number)
{
    public SimulatedProcess? Process { get; } = process;

    public Action Action { get; } = action;

    public long Number { get; } = number;

    public bool IsCancelled { get; private set; }

    public void Cancel() => IsCancelled = true;
}
