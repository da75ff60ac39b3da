using System.Threading.Channels;

namespace Parley.Client;

/// <summary>Wakes one waiting loop. Rings while nobody waits are remembered as one.</summary>
internal sealed class Doorbell
{
    // Holds at most one ring; a second says nothing new and is dropped.
    private readonly Channel<bool> rings = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => rings.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await rings.Reader.ReadAsync(cancellationToken);
}
