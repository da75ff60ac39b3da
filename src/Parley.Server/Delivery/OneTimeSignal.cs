namespace Parley.Server.Delivery;

/// <summary>Something that happens once and that somebody may wait for. Costs nothing but its field until then.</summary>
internal struct OneTimeSignal
{
    private static readonly object Given = new();

    // Null, Given, or the source of whoever waits.
    private object? _state;

    /// <summary>Whether it has happened.</summary>
    public readonly bool IsSet => ReferenceEquals(Volatile.Read(in _state), Given);

    /// <summary>It has happened. From any thread, more than once.</summary>
    public void Set() => (Interlocked.Exchange(ref _state, Given) as TaskCompletionSource)?.TrySetResult();

    /// <summary>Completes when it has happened. One waiter at a time.</summary>
    public Task WaitAsync()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.CompareExchange(ref _state, source, null);
        return before is null ? source.Task : before is TaskCompletionSource waiting ? waiting.Task : Task.CompletedTask;
    }
}
