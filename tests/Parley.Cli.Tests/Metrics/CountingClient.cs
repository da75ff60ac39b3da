using Parley.Testing;

namespace Parley.Cli.Tests.Metrics;

/// <summary>A client that counts what it was sent.</summary>
internal sealed class CountingClient(WireClient wire) : IAsyncDisposable
{
    private readonly List<string> _texts = [];

    public WireClient Wire { get; } = wire;

    /// <summary>Bytes of the frames received.</summary>
    public long Bytes { get; private set; }

    /// <summary>Text frames received.</summary>
    public int Texts => _texts.Count;

    /// <summary>Texts received that contain something.</summary>
    public int Count(string part) => _texts.Count(text => text.Contains(part, StringComparison.Ordinal));

    public Task SendAsync(string text) => Wire.SendTextAsync(text);

    /// <summary>Receives until a text contains something.</summary>
    public Task ReceiveAsync(string part) => ReceiveAsync(() => Count(part) > 0);

    /// <summary>Receives until a condition holds.</summary>
    public async Task ReceiveAsync(Func<bool> condition)
    {
        while (!condition())
        {
            var frame = await Wire.ReceiveAsync() ?? throw new InvalidOperationException("The connection ended.");
            Bytes += frame.Payload.Length + (frame.Payload.Length < 126 ? 2 : 4);
            _texts.Add(frame.Text);
        }
    }

    public ValueTask DisposeAsync() => Wire.DisposeAsync();
}
