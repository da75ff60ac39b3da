namespace Parley.Cli.Chat;

/// <summary>
/// The messages that were sent and are not yet known to be stored, oldest first. Holds 128; when full, nothing more is
/// sent, and so nothing more is read from the user, until the oldest is stored. Used by one task at a time.
/// </summary>
internal sealed class PendingSends(Action<ChatEvent> show, TimeProvider time)
{
    public const int Capacity = 128;

    private readonly Queue<Task<bool>> _pending = new(Capacity);

    /// <summary>Messages that were given to <see cref="StartAsync"/>.</summary>
    public int Total { get; private set; }

    /// <summary>Messages that are certainly or possibly not stored. Final after <see cref="DrainAsync"/>.</summary>
    public int NotStored { get; private set; }

    /// <summary>Sends a message as soon as there is room for it.</summary>
    /// <returns>The task that ends when it is stored, or known not to be.</returns>
    public async Task<Task> StartAsync(
        Func<string, CancellationToken, Task> send, string text, CancellationToken roomToken, CancellationToken sendToken)
    {
        Total++;
        while (_pending.Count >= Capacity)
        {
            await _pending.Peek().WaitAsync(roomToken);
            await ReapAsync();
        }

        var sending = StoreAsync(send, text, sendToken);
        _pending.Enqueue(sending);
        await ReapAsync();
        return sending;
    }

    /// <summary>Counts messages that were never sent.</summary>
    public void Refuse()
    {
        Total++;
        NotStored++;
    }

    /// <summary>Waits until all are stored, or until none was for <paramref name="patience"/>.</summary>
    /// <param name="patience">How long to wait for the next.</param>
    /// <param name="cancellationToken">Stops waiting; those not stored by then are counted.</param>
    public async Task DrainAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await ReapAsync();
            while (_pending.TryPeek(out var oldest))
            {
                await oldest.WaitAsync(patience, time, cancellationToken);
                await ReapAsync();
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Whoever owns the send token cancels it next; then AbandonAsync counts the rest.
        }
    }

    /// <summary>Ends what is left, after its token was cancelled.</summary>
    public async Task AbandonAsync()
    {
        while (_pending.TryDequeue(out var sending))
        {
            NotStored += await sending ? 0 : 1;
        }
    }

    private async Task ReapAsync()
    {
        while (_pending.TryPeek(out var oldest) && oldest.IsCompleted)
        {
            NotStored += await _pending.Dequeue() ? 0 : 1;
        }
    }

    private async Task<bool> StoreAsync(Func<string, CancellationToken, Task> send, string text, CancellationToken cancellationToken)
    {
        try
        {
            await send(text, cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            show(new ChatProblem($"not stored: {e.Message}"));
            return false;
        }
    }
}
