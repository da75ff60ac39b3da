using Parley.Protocol;
using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>Requests that wait for the answer whose <c>re</c> is their <c>id</c>. Bounded by the calls that wait for them.</summary>
internal sealed class PendingRequests
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, Pending> requests = [];

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return requests.Count;
            }
        }
    }

    /// <summary>Adds a request.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="onFailure">Runs on the receive loop before the caller learns of the failure.</param>
    /// <returns>Ends with the answer.</returns>
    public Task<ServerMessage> Add(long id, Action? onFailure)
    {
        var pending = new Pending(onFailure);
        lock (gate)
        {
            requests.Add(id, pending);
        }

        return pending.Answer.Task;
    }

    /// <summary>The answer came. Ignored if nobody waits for it any more.</summary>
    public void Answer(long id, ServerMessage answer)
    {
        if (Take(id) is not { } pending)
        {
            return;
        }

        if (answer is Error refusal)
        {
            pending.Fail(ToException(refusal));
        }
        else
        {
            pending.Answer.TrySetResult(answer);
        }
    }

    /// <summary>The request fails here, without the server.</summary>
    public void Fail(long id, ChatException reason) => Take(id)?.Fail(reason);

    /// <summary>The line was cut: nothing that waits will be answered.</summary>
    public void FailAll(string reason)
    {
        Pending[] all;
        lock (gate)
        {
            all = [.. requests.Values];
            requests.Clear();
        }

        foreach (var pending in all)
        {
            pending.Fail(new ChatException(ErrorCode.Busy, "The connection was lost before the answer came: " + reason));
        }
    }

    public static ChatException ToException(Error refusal) => new(
        refusal.Code,
        refusal.Msg,
        refusal.RetryMs is { } after ? TimeSpan.FromMilliseconds(after) : null);

    private Pending? Take(long id)
    {
        lock (gate)
        {
            return requests.Remove(id, out var pending) ? pending : null;
        }
    }

    private sealed class Pending(Action? onFailure)
    {
        public TaskCompletionSource<ServerMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(ChatException reason)
        {
            onFailure?.Invoke();
            Answer.TrySetException(reason);
        }
    }
}
