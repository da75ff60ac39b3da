namespace Parley.Server;

/// <summary>Where the server is in its life.</summary>
internal sealed class ServerState : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public ServerState() => Stopping = _stopping.Token;

    /// <summary>Incarnation of the database; set once the store is open.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>True once the store is open and the rooms are loaded.</summary>
    public bool IsReady { get; set; }

    /// <summary>Cancelled once a stop was asked for: what streams to a client ends.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>True once a stop was asked for; no new connection is taken.</summary>
    public bool IsStopping => Stopping.IsCancellationRequested;

    /// <summary>Begins the stop.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();
}
