namespace Parley.Server.Connections;

/// <summary>Reads from an upgraded stream of the web server.</summary>
/// <param name="stream">The connection's bytes.</param>
/// <param name="abort">Cuts the request's line. Not called once the request may be over.</param>
internal sealed class StreamSource(Stream stream, Action abort) : IByteSource
{
    private readonly Lock _gate = new();
    private bool _isOver;

    public ValueTask<int> WaitAsync(CancellationToken cancellationToken) => stream.ReadAsync(Memory<byte>.Empty, cancellationToken);

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        stream.ReadAsync(buffer, cancellationToken);

    public void Cut()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                abort();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
        }
    }
}
