using System.Diagnostics;

namespace Parley.Server.Connections;

/// <summary>Reads from an upgraded stream of the web server.</summary>
internal sealed class StreamSource(Stream stream) : IByteSource
{
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var none = await stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
        Debug.Assert(none == 0, "An empty read takes nothing.");
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        stream.ReadAsync(buffer, cancellationToken);
}
