namespace Parley.Faults.Kills;

/// <summary>Notes when the first message after a start of the server was acked.</summary>
internal sealed class FirstAck
{
    private readonly Lock _gate = new();
    private long _startedAt = long.MaxValue;
    private long _at;

    /// <summary>When it came, as a timestamp; 0: not yet.</summary>
    public long At
    {
        get
        {
            lock (_gate)
            {
                return _at;
            }
        }
    }

    /// <summary>A server was started.</summary>
    public void Begin(long startedAt)
    {
        lock (_gate)
        {
            (_startedAt, _at) = (startedAt, 0);
        }
    }

    /// <summary>An ack came over a connection that was opened at some time; an older server's late ack does not count.</summary>
    public void Note(long connectedAt)
    {
        lock (_gate)
        {
            if (_at == 0 && connectedAt >= _startedAt)
            {
                _at = TimeProvider.System.GetTimestamp();
            }
        }
    }
}
